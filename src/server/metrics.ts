import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Records one kind of request; created once per kind, since looking up labels has a cost. */
interface RequestRecorder {
  count(): void;
  observe(seconds: number): void;
}

export interface Metrics {
  /** A recorder for the requests of one route, which takes status and duration. */
  forRoute(method: string, path: string): (status: number, durationMs: number) => void;
  /** The metrics in Prometheus' text format, with their content type. */
  render(): Promise<{ readonly body: string; readonly contentType: string }>;
}

interface MetricsOptions {
  /** Includes memory, CPU and event loop of the process. */
  readonly isProcessIncluded: boolean;
  readonly countLiveTails: () => number;
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const labelNames = ['method', 'route', 'status'] as const;

/** Metrics in their own registry, so that several servers and the host's metrics do not collide. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'skein_http_requests_total',
    help: 'Requests answered, by route pattern, method and status.',
    labelNames,
    registers,
  });
  const durations = new Histogram({
    name: 'skein_http_request_duration_seconds',
    help: 'Time from the arrival of a request to its response, or to the first event of a live tail.',
    labelNames,
    buckets: secondsBuckets,
    registers,
  });
  createLiveGauge(registers, options.countLiveTails);
  if (options.isProcessIncluded) collectDefaultMetrics({ register: registry });
  const createRecorder = (method: string, route: string, status: number): RequestRecorder => {
    const labels = { method, route, status: String(status) };
    const count = requests.labels(labels);
    const duration = durations.labels(labels);
    return { count: () => count.inc(), observe: (seconds) => duration.observe(seconds) };
  };
  return {
    forRoute: (method, path) => recordByStatus((status) => createRecorder(method, path, status)),
    render: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  };
}

function createLiveGauge(registers: Registry[], count: () => number): void {
  const gauge: Gauge = new Gauge({
    name: 'skein_live_tails',
    help: 'Live tails that are open now.',
    registers,
    collect: () => gauge.set(count()),
  });
}

function recordByStatus(create: (status: number) => RequestRecorder) {
  const recorders = new Map<number, RequestRecorder>();
  return (status: number, durationMs: number): void => {
    let recorder = recorders.get(status);
    if (recorder === undefined) recorders.set(status, (recorder = create(status)));
    recorder.count();
    recorder.observe(durationMs / 1000);
  };
}
