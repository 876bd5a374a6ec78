package main

import (
	stdlog "log"
	"log/slog"
)

// hush has what libraries say by the standard logger go to log, for debugging: they do not know what is worth a line.
func hush(log *slog.Logger) {
	stdlog.SetFlags(0)
	stdlog.SetOutput(slog.NewLogLogger(log.Handler(), slog.LevelDebug).Writer())
}
