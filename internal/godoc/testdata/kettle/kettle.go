// Package kettle boils water. See [Kettle.Boil], and [strings] for the rest.
package kettle

// Boiling is when it is done, in °C.
const Boiling = 100

const hiddenLimit = 3

// A Kettle has water.
type Kettle struct {
	// Litres is how much.
	Litres float64
	hidden int
}

// New fills a kettle.
func New(litres float64) *Kettle {
	return &Kettle{Litres: litres, hidden: hiddenLimit}
}

// Boil takes a while:
//
//	k.Boil()
func (k *Kettle) Boil() {
	k.hidden++
}
