package main

import (
	"context"
	"encoding/json"
	"io"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// anyPort lets the system choose a port.
const anyPort = "127.0.0.1:0"

// batch is what one request of an exporter carried.
type batch struct {
	Protocol string              `json:"protocol"`
	Headers  map[string][]string `json:"headers"`
	Metrics  json.RawMessage     `json:"metrics"`
}

// collect runs the collector's OTLP receivers until input ends. Their log, which tells the ports, and each batch of
// metrics go to output.
func collect(ctx context.Context, input io.Reader, output io.Writer) error {
	lines := zapcore.Lock(zapcore.AddSync(output))
	for _, protocol := range []string{"grpc", "http"} {
		receiver, err := startReceiver(ctx, protocol, lines)
		if err != nil {
			return err
		}
		defer receiver.Shutdown(ctx)
	}
	_, err := io.Copy(io.Discard, input)
	return err
}

func startReceiver(ctx context.Context, protocol string, lines zapcore.WriteSyncer) (receiver.Metrics, error) {
	factory := otlpreceiver.NewFactory()
	settings := receiver.Settings{
		ID: component.NewIDWithName(factory.Type(), protocol),
		TelemetrySettings: component.TelemetrySettings{
			Logger:         logTo(lines),
			MeterProvider:  metricnoop.NewMeterProvider(),
			TracerProvider: tracenoop.NewTracerProvider(),
			Resource:       pcommon.NewResource(),
		},
		BuildInfo: component.NewDefaultBuildInfo(),
	}
	next, err := consumer.NewMetrics(func(ctx context.Context, metrics pmetric.Metrics) error {
		return writeBatch(ctx, protocol, metrics, lines)
	})
	if err != nil {
		return nil, err
	}
	started, err := factory.CreateMetrics(ctx, settings, listenFor(protocol, factory), next)
	if err != nil {
		return nil, err
	}
	return started, started.Start(ctx, noExtensions{})
}

// listenFor configures one protocol; the collector's default is both, on fixed ports.
func listenFor(protocol string, factory receiver.Factory) component.Config {
	config := factory.CreateDefaultConfig().(*otlpreceiver.Config)
	if protocol == "grpc" {
		grpc := config.Protocols.GRPC.GetOrInsertDefault()
		grpc.NetAddr.Endpoint = anyPort
		grpc.IncludeMetadata = true
	} else {
		http := config.Protocols.HTTP.GetOrInsertDefault()
		http.ServerConfig.NetAddr.Endpoint = anyPort
		http.ServerConfig.IncludeMetadata = true
	}
	return config
}

func writeBatch(ctx context.Context, protocol string, metrics pmetric.Metrics, lines zapcore.WriteSyncer) error {
	marshaled, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(metrics)
	if err != nil {
		return err
	}
	headers := map[string][]string{}
	metadata := client.FromContext(ctx).Metadata
	for key := range metadata.Keys() {
		headers[key] = metadata.Get(key)
	}
	line, err := json.Marshal(batch{protocol, headers, marshaled})
	if err != nil {
		return err
	}
	_, err = lines.Write(append(line, '\n'))
	return err
}

func logTo(lines zapcore.WriteSyncer) *zap.Logger {
	encoder := zapcore.NewJSONEncoder(zapcore.EncoderConfig{MessageKey: "message", LineEnding: "\n"})
	return zap.New(zapcore.NewCore(encoder, lines, zap.InfoLevel))
}

// noExtensions is a host for components that need nothing of it.
type noExtensions struct{}

func (noExtensions) GetExtensions() map[component.ID]component.Component { return nil }
