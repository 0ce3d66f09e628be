import { asMapping, isMapping, type Mapping } from "../mapping";
import { plainSecrets } from "../input/secrets";
import { expanded, literal } from "./variables";

/** A health check, in Compose's own words. */
export interface HealthCheck {
  readonly test: readonly string[];
  readonly interval: string;
  readonly timeout: string;
  readonly retries: number;
  readonly start_period?: string;
  readonly start_interval?: string;
}

/** Kubernetes' own defaults of a probe, in seconds and times. */
const PERIOD = 10;
const TIMEOUT = 1;
const FAILURES = 3;

/**
 * Returns the health check of a container by the probes of its chart's values: the readiness probe, else the one of
 * liveness, with the time that the startup probe grants. Undefined where none is enabled.
 * @param port that it listens on
 * @param known the container's environment, as texts for Compose
 */
export function healthCheck(
  probes: Mapping,
  port: number,
  known: ReadonlyMap<string, string>,
): HealthCheck | undefined {
  const [startup, liveness, readiness] = ["startup", "liveness", "readiness"].map((name) => {
    const probe = asMapping(probes[name]);
    return probe.enabled === true ? probe : undefined;
  });
  const probe = readiness ?? liveness ?? startup;
  if (probe === undefined) return undefined;
  const patience =
    numberOf(probe.initialDelaySeconds, 0) +
    (startup === undefined
      ? 0
      : numberOf(startup.initialDelaySeconds, 0) +
        numberOf(startup.periodSeconds, PERIOD) * numberOf(startup.failureThreshold, FAILURES));
  return {
    test: testOf(probe, port, known),
    interval: `${numberOf(probe.periodSeconds, PERIOD)}s`,
    timeout: `${numberOf(probe.timeoutSeconds, TIMEOUT)}s`,
    retries: numberOf(probe.failureThreshold, FAILURES),
    ...(patience > 0 && { start_period: `${patience}s` }),
    ...(startup !== undefined && {
      start_interval: `${numberOf(startup.periodSeconds, PERIOD)}s`,
    }),
  };
}

function testOf(probe: Mapping, port: number, known: ReadonlyMap<string, string>): string[] {
  const { command } = asMapping(probe.exec);
  if (Array.isArray(command)) {
    return ["CMD", ...command.map((part) => expanded(String(part), known))];
  }
  const action = [probe.httpGet, probe.tcpSocket, probe.grpc].find(isMapping);
  // A port with a name is the only one that the chart has.
  const asked = numberOf(action?.port, port);
  const listens = listening(asked);
  const requests = isMapping(probe.httpGet) ? requesting(probe.httpGet, asked) : undefined;
  return [
    "CMD-SHELL",
    literal(requests === undefined ? listens : `${requests}; else ${listens}; fi`),
  ];
}

/** Returns a command that asks with what the image has; what comes after `else` asks without any. */
function requesting(request: Mapping, port: number): string | undefined {
  const { path = "/", scheme, httpHeaders } = request;
  const headers = (Array.isArray(httpHeaders) ? httpHeaders : []).flatMap((header) => {
    const { name, value } = asMapping(header);
    return [[String(name), String(value)] as const];
  });
  // No secret comes into the file, and without it the answer would be another one.
  if (headers.some(([name, value]) => plainSecrets(value, [], name).length > 0)) return undefined;
  const isSecure = scheme === "HTTPS";
  const way = String(path).replace(/^\/*/, "/");
  const address = quoted(`${isSecure ? "https" : "http"}://127.0.0.1:${port}${way}`);
  const given = (option: string): string =>
    headers.map(([name, value]) => ` ${option} ${quoted(`${name}: ${value}`)}`).join("");
  // As the kubelet, which doesn't verify certificates.
  const curl = `curl -fsS${isSecure ? "k" : ""} -o /dev/null${given("-H")} ${address}`;
  const insecure = isSecure ? " --no-check-certificate" : "";
  const wget = `wget -q${insecure} -O /dev/null${given("--header")} ${address}`;
  return `if command -v curl >/dev/null; then ${curl}; elif command -v wget >/dev/null; then ${wget}`;
}

/** Returns a command that succeeds where something listens on a port: Linux lists it, with state 0A. */
function listening(port: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q ':${hex} [0-9A-F:]* 0A '`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function numberOf(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}
