package session

import (
	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/transport"
)

// uncounted is Metrics that count nothing.
type uncounted struct{}

func (uncounted) ObjectOut(int)                   {}
func (uncounted) Dropped(relay.Reason, int)       {}
func (uncounted) KeyframeAsked()                  {}
func (uncounted) KeyframeForwarded()              {}
func (uncounted) ConnectionOpened(transport.Kind) {}
func (uncounted) ConnectionClosed(transport.Kind) {}
func (uncounted) SessionStarted()                 {}
func (uncounted) SessionEnded(string)             {}
func (uncounted) SessionResumed(transport.Kind)   {}
func (uncounted) ObjectIn(int)                    {}
func (uncounted) ControlIn(int)                   {}
func (uncounted) ControlOut(int)                  {}
func (uncounted) UnknownKind()                    {}
func (uncounted) Error(string)                    {}
