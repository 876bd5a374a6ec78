// Package slowpath puts processes of this machine behind bad networks: each in a network namespace of its own, whose only way
// out is a pair of TUN devices between which this package delays, limits and loses packets, of TCP and UDP alike. It needs
// Linux and root.
package slowpath
