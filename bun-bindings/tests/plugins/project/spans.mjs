/** Describes spans by their names and those of their parents, each once, in an order that does not depend on time. */
export function treeOf(spans) {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  const parentOf = ({ parentSpanId, parentSpanContext }) =>
    names.get(parentSpanId ?? parentSpanContext?.spanId) ?? null;
  return [...new Set(spans.map((span) => `${parentOf(span)} > ${span.name}`))].sort();
}
