import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { healthCheck } from "../../../src/core/compose/health-check";
import type { Mapping } from "../../../src/core/mapping";

const STARTUP = { enabled: true, periodSeconds: 2, failureThreshold: 60 };
const READINESS = { enabled: true, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 4 };
const LISTENS = "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q ':1F90 [0-9A-F:]* 0A '";

const check = (probes: Mapping, known = new Map<string, string>()) =>
  healthCheck(probes, 8080, known);
const testOf = (action: Mapping): string | undefined =>
  check({ readiness: { ...READINESS, ...action } })?.test[1];

describe("healthCheck", () => {
  it("waits as long as the startup probe, and looks whether something listens without an action", () => {
    const found = check({ startup: STARTUP, liveness: { enabled: true }, readiness: READINESS });
    assert.deepEqual(found, {
      test: ["CMD-SHELL", LISTENS],
      interval: "5s",
      timeout: "3s",
      retries: 4,
      start_period: "120s",
      start_interval: "2s",
    });
  });

  it("takes liveness without readiness, Kubernetes' own defaults, and nothing without any", () => {
    assert.deepEqual(check({ liveness: { enabled: true, initialDelaySeconds: 7 } }), {
      test: ["CMD-SHELL", LISTENS],
      interval: "10s",
      timeout: "1s",
      retries: 3,
      start_period: "7s",
    });
    assert.equal(check({ readiness: { ...READINESS, enabled: false } }), undefined);
    assert.equal(check({}), undefined);
  });

  it("runs a command, with the container's variables", () => {
    const readiness = { ...READINESS, exec: { command: ["test", "$(MODE)", "$HOME", 1] } };
    const found = check({ readiness }, new Map([["MODE", "${A_MODE}"]]));
    assert.deepEqual(found?.test, ["CMD", "test", "${A_MODE}", "$$HOME", "1"]);
  });

  it("asks a path with what the image has", () => {
    assert.equal(
      testOf({
        httpGet: { path: "it's/$x", port: "http", httpHeaders: [{ name: "X-A", value: "1" }] },
      }),
      "if command -v curl >/dev/null; then " +
        `curl -fsS -o /dev/null -H 'X-A: 1' 'http://127.0.0.1:8080/it'\\''s/$$x'; ` +
        "elif command -v wget >/dev/null; then " +
        `wget -q -O /dev/null --header 'X-A: 1' 'http://127.0.0.1:8080/it'\\''s/$$x'; ` +
        `else ${LISTENS}; fi`,
    );
    assert.match(
      testOf({ httpGet: { path: "/", port: 9090, scheme: "HTTPS" } }) ?? "",
      /curl -fsSk -o \/dev\/null 'https:\/\/127\.0\.0\.1:9090\/'.*--no-check-certificate.*:2382 /,
    );
  });

  it("writes no secret of a request down", () => {
    const token = `ghp_${"a1B2c3D4e5F6".repeat(3)}`;
    const httpHeaders = [{ name: "Authorization", value: token }];
    assert.equal(testOf({ httpGet: { path: "/", port: "http", httpHeaders } }), LISTENS);
  });

  it("succeeds where a server listens and answers, and fails elsewhere", async function () {
    if (process.platform !== "linux") this.skip();
    const server = http.createServer((request, response) => {
      response.writeHead(request.url === "/ready" ? 200 : 503).end();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const listens = healthCheck({ readiness: READINESS }, port, new Map())?.test[1] ?? "";
    assert.equal(spawnSync("sh", ["-c", listens]).status, 0);
    server.close();
    await once(server, "close");
    assert.notEqual(spawnSync("sh", ["-c", listens]).status, 0);
  });
});
