package server

import "testing"

func TestAddressLimit(t *testing.T) {
	l := newAddressLimit(5, 2)
	take := func(remote string, want bool) func() {
		t.Helper()
		release, ok := l.acquire(remote)
		if ok != want {
			t.Fatalf("%s: %v, want %v", remote, ok, want)
		}
		return release
	}
	first := take("192.0.2.1:1000", true)
	take("192.0.2.1:1001", true)
	take("[::ffff:192.0.2.1]:1002", false)
	take("[2001:db8::1]:1", true)
	take("[2001:db8::2%eth0]:1", true)
	take("[2001:db8::3]:1", false)
	take("[2001:db8:0:1::3]:1", true)
	take("198.51.100.1:1", false)
	first()
	take("192.0.2.1:1003", true)
}

func TestAddressLimitForgetsAddresses(t *testing.T) {
	l := newAddressLimit(5, 2)
	for range 2 {
		a, _ := l.acquire("192.0.2.1:1")
		b, _ := l.acquire("not an address")
		a()
		b()
	}
	if len(l.byAddress) != 0 || l.total != 0 {
		t.Errorf("%d addresses, %d places are still taken", len(l.byAddress), l.total)
	}
}
