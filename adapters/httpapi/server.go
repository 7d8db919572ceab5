package httpapi

import (
	"io"
	"log"
	"net/http"
	"time"
)

// Limits of a connection. A body is at most maxBatch bytes, so that half a
// minute is enough for it on any line that can carry a call.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 2 * time.Minute // a full batch is filed event by event
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10 // bytes
)

// Server returns an HTTP server for the handler with limits that no slow or
// oversized request can pass. It is not started. What net/http would log is
// dropped: its lines quote requests.
func Server(h http.Handler, addr string) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true) // of HTTP/2 in clear nothing is known here
	s := &http.Server{
		Protocols:         &protocols,
		Addr:              addr,
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	LimitConnections(s, Limits{})
	return s
}
