// A web server that knows nothing of Shipway: it listens where it is told and ends in order on SIGTERM.
package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

var version = "unknown"

func main() {
	answer := func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"version": version})
	}
	http.HandleFunc("/", answer)
	http.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(2 * time.Second)
		answer(w, r)
	})
	server := &http.Server{Addr: "127.0.0.1:" + os.Args[1]}
	stopped := make(chan struct{})
	go func() {
		told, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer cancel()
		<-told.Done()
		server.Shutdown(context.Background())
		close(stopped)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		panic(err)
	}
	<-stopped
}
