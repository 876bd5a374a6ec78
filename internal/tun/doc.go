// Package tun makes network devices whose packets this process carries, and carries them as a bad network would. Its devices need
// Linux and the right to administer the network.
package tun
