// Telemetry-peer is the other side of the telemetry tests: an OpenTelemetry collector, and a Prometheus client.
// What it receives goes to standard output as JSON, a line each.
package main

import (
	"context"
	"fmt"
	"os"
)

const usage = `usage:
  telemetry-peer collect       takes OTLP over gRPC and over HTTP, until its standard input ends
  telemetry-peer scrape URL    scrapes Prometheus metrics once`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "collect":
		return collect(context.Background(), os.Stdin, os.Stdout)
	case len(args) == 2 && args[0] == "scrape":
		return scrape(args[1], os.Stdout)
	default:
		return fmt.Errorf("%s", usage)
	}
}
