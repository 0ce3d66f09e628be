import assert from "node:assert/strict";
import type {
  Candidate,
  GateInput,
  GateName,
  Intent,
  Ran,
  Upstream,
} from "../../../src/core/promotion/gate";
import {
  evaluateGates,
  evaluateStaticGates,
  GATES,
  STATIC_GATES,
} from "../../../src/core/promotion/gates";
import type { Chart } from "../../../src/core/list/service";
import { Commit, parsePin, type Pin } from "../../../src/core/version";
import { service, stackConfig, template, digestOf } from "../../support/model";

const A = digestOf("a");
const B = digestOf("b");
const NOW = new Date("2026-11-21T12:00:00Z");

function pin(text: string): Pin {
  const parsed = parsePin(text);
  assert.ok(typeof parsed === "object");
  return parsed;
}

function candidate(text: string, more: Partial<Candidate> = {}): Candidate {
  return { intent: "promotion", service: service("orders"), pin: pin(text), ...more };
}

/** An environment that ran a version, since a time and maybe until another. */
function ranIn(environment: string, text: string, ran?: Ran): Upstream {
  const part = { what: pin(text).version.text, runs: pin(text).version.text };
  return { environment, pin: pin(text), parts: [{ ...part, ...(ran && { ran }) }] };
}

function promoted(text: string, since: Ran["since"], from = "staging"): Candidate {
  return candidate(text, { upstreams: [ranIn(from, text, { since })] });
}

interface Where extends Partial<Omit<GateInput, "environment">> {
  readonly environment?: Partial<GateInput["environment"]>;
}

function verdict(gate: GateName, what: Candidate, { environment, ...where }: Where = {}) {
  const results = evaluateGates(what, {
    environment: {
      ...{ name: "production", from: ["staging"], accepts: ["release"], rejected: {} },
      ...environment,
    },
    config: stackConfig({ stack: "production", githubOwner: "acme" }),
    owned: new Set(["orders", "catalog"]),
    running: new Map(),
    dependents: new Map(),
    now: NOW,
    ...where,
  });
  const found = results.find((result) => result.gate === gate);
  assert.ok(found);
  const { pass, reason, pending, passesAt } = found;
  return { pass, reason, ...(pending && { pending }), ...(passesAt !== null && { passesAt }) };
}

describe("evaluateGates", () => {
  const judging = (intent: Intent): GateName[] =>
    GATES.filter(({ intents }) => intents.includes(intent)).map(({ name }) => name);
  const inspection: GateName[] = ["accepted", "prerelease", "digest", "requires"];
  const move: GateName[] = [...inspection, "required-by", "rejected"];

  it("evaluates those of the intent, all of them whatever the first is", () => {
    assert.deepEqual(judging("inspection"), inspection);
    assert.deepEqual(judging("bump"), [...move, "hold", "freeze", "verified"]);
    assert.deepEqual(judging("rollback"), [...move, "freeze", "same-digest", "verified"]);
    assert.deepEqual(judging("promotion"), [
      ...move,
      ...["hold", "order", "soak", "checks", "freeze", "downgrade", "same-digest", "artifact"],
      ...["release", "verified"],
    ]);
    assert.deepEqual(
      GATES.filter(({ needs }) => needs === "network").map(({ name }) => name),
      ["checks", "artifact", "release", "verified"],
    );
  });

  it("evaluates without clock, history and network what needs none of them", () => {
    assert.deepEqual(
      STATIC_GATES.map(({ name }) => name),
      move,
    );
    const input = {
      environment: {
        ...{ name: "production", from: [], accepts: [], rejected: {} },
        digest: "required" as const,
      },
      config: stackConfig({ stack: "production" }),
      owned: new Set<string>(),
      running: new Map(),
      dependents: new Map(),
    };
    const results = evaluateStaticGates(candidate("v1.2.3-rc.1", { intent: "inspection" }), input);
    assert.deepEqual(
      results.map(({ gate, pass }) => [gate, pass]),
      [
        ["accepted", false],
        ["prerelease", false],
        ["digest", false],
        ["requires", true],
      ],
    );
  });
});

describe("the gate accepted", () => {
  it("knows releases from commits", () => {
    assert.deepEqual(verdict("accepted", candidate("v1.2.3")), {
      pass: true,
      reason: "v1.2.3 is a release, as production accepts release",
    });
    const commit = candidate(`${"c".repeat(40)}@${A}`);
    assert.deepEqual(verdict("accepted", commit), {
      pass: false,
      reason: `${"c".repeat(40)} is a commit, and production accepts release`,
    });
    assert.equal(verdict("accepted", commit, { environment: { accepts: ["commit"] } }).pass, true);
    assert.equal(verdict("accepted", commit, { environment: { accepts: ["branch"] } }).pass, false);
    const ofBranch = {
      ...commit,
      service: service("orders", { deploy: { strategy: "branch", branch: "main" } }),
    };
    assert.equal(
      verdict("accepted", ofBranch, { environment: { accepts: ["branch"] } }).pass,
      true,
    );
    assert.equal(
      verdict("accepted", candidate("v1.2.3"), { environment: { accepts: ["prerelease"] } }).pass,
      false,
    );
    assert.equal(
      verdict("accepted", candidate("v1.2.3"), { environment: { accepts: [] } }).reason,
      "v1.2.3 is a release, and production accepts nothing",
    );
  });
});

describe("the gate prerelease", () => {
  it("keeps pre-releases out, and says what they become", () => {
    assert.deepEqual(verdict("prerelease", candidate("v1.1.3-rc.2")), {
      pass: false,
      reason:
        "v1.1.3-rc.2 is a pre-release, and production accepts release; promote it, and it becomes v1.1.3",
    });
    const takes = { environment: { accepts: ["prerelease" as const] } };
    assert.equal(verdict("prerelease", candidate("v1.1.3-rc.2"), takes).pass, true);
  });

  it("lets a build of a release pass, whose suffix is a commit", () => {
    assert.equal(verdict("prerelease", candidate("v1.12.2-ce60d74")).pass, true);
    assert.equal(verdict("prerelease", candidate("v1.12.2-20261121")).pass, false);
    assert.equal(verdict("prerelease", candidate(`${"c".repeat(40)}@${A}`)).pass, true);
  });
});

describe("the gate digest", () => {
  const environment = { digest: "required" as const };

  it("asks for the bytes where the environment does", () => {
    const bump = candidate("v1.2.3", { intent: "bump" });
    assert.deepEqual(verdict("digest", bump, { environment }), {
      pass: false,
      reason: "production requires digests; pin it as v1.2.3@sha256:...",
    });
    assert.equal(verdict("digest", candidate(`v1.2.3@${A}`), { environment }).pass, true);
    assert.equal(verdict("digest", candidate("v1.2.3")).pass, true);
  });

  it("leaves to a promotion what registries will answer", () => {
    const asked = candidate("v1.2.3", { images: [] });
    assert.equal(verdict("digest", candidate("v1.2.3"), { environment }).pass, true);
    assert.equal(verdict("digest", asked, { environment }).pass, false);
  });

  it("asks a template for none", () => {
    const entry = candidate("v1.2.3", { service: template("network") });
    assert.equal(verdict("digest", entry, { environment }).pass, true);
  });

  it("says what holds a chart to its bytes, and refuses none", () => {
    const oci = { name: "oci://ghcr.io/acme/charts/orders", version: "1.4.0" };
    const classic = { name: "orders", version: "1.4.0", repository: "https://charts.acme.example" };
    const about = (
      chart: Chart,
      more: Partial<Candidate> = {},
      where: Partial<typeof environment> = environment,
    ) => {
      const what = candidate(`v1.2.3@${A}`, { intent: "bump", ...more });
      const running = new Map([["orders", { service: what.service, pin: what.pin, chart }]]);
      const { pass, reason } = verdict("digest", what, { environment: where, running });
      assert.equal(pass, true);
      return reason.replace(`pinned by ${A}`, "");
    };
    const open = `; its chart ${oci.name} 1.4.0 is pinned by its version alone`;
    for (const intent of ["inspection", "bump", "rollback", "promotion"] as const) {
      assert.equal(about(oci, { intent }), open);
    }
    assert.equal(
      about(classic),
      "; its chart https://charts.acme.example orders 1.4.0 is pinned by its version alone",
    );
    assert.equal(about({ ...oci, digest: B }), "");
    assert.equal(
      about({ ...classic, digest: B }),
      "; Helm compares no digest of https://charts.acme.example, so promote and ci begin do",
    );
    assert.equal(about({ name: "./charts/orders", version: "1.4.0" }), "");
    assert.equal(about(oci, {}, {}), "");
  });

  it("leaves to artifact why a chart isn't to be had", () => {
    const found = verdict("artifact", candidate("v1.2.3", { images: [], chartProblem: "gone" }));
    assert.deepEqual(found, { pass: false, reason: "gone" });
  });
});

describe("the gates requires and required-by", () => {
  const needs = (range: string) => service("orders", { requires: new Map([["catalog", range]]) });
  const running = (text: string) =>
    new Map([["catalog", { service: service("catalog"), pin: pin(text) }]]);

  it("look at what runs there, when all has moved", () => {
    const orders = { ...candidate("v1.2.3"), service: needs(">=2.1") };
    assert.deepEqual(verdict("requires", orders, { running: running("v2.0.9") }), {
      pass: false,
      reason: "it requires catalog >=2.1, and v2.0.9 runs there",
    });
    assert.equal(verdict("requires", orders, { running: running("v2.1.0") }).pass, true);
    assert.equal(
      verdict("requires", orders, { running: running(`${"c".repeat(40)}@${A}`) }).pass,
      true,
    );
    assert.deepEqual(verdict("requires", orders), {
      pass: false,
      reason: "it requires catalog >=2.1, which doesn't run in production",
    });
  });

  it("leave alone what another stack owns", () => {
    const orders = { ...candidate("v1.2.3"), service: needs(">=2.1") };
    assert.equal(verdict("requires", orders, { owned: new Set(["orders"]) }).pass, true);
  });

  it("keep what others require", () => {
    const catalog = { ...candidate("v1.9.0"), service: service("catalog") };
    const dependents = new Map([["catalog", [needs("^2")]]]);
    assert.deepEqual(verdict("required-by", catalog, { dependents }), {
      pass: false,
      reason: "orders runs there and requires catalog ^2",
    });
    assert.equal(
      verdict("required-by", { ...catalog, pin: pin("v2.0.0") }, { dependents }).pass,
      true,
    );
    assert.equal(verdict("required-by", catalog).pass, true);
  });
});

describe("the gate checks", () => {
  const COMMIT = "0123456789abcdef0123456789abcdef01234567";
  const environment = { checks: ["smoke", "load"] };
  const ran = (more: Partial<Candidate> = {}) => {
    const part = { what: "v1.2.3", runs: "v1.2.3", ran: { since: NOW, commit: COMMIT } };
    const upstreams = [{ environment: "staging", pin: pin("v1.2.3"), parts: [part] }];
    return candidate("v1.2.3", { upstreams, ...more });
  };
  const asked = (states: Readonly<Record<string, string>>, commit = COMMIT): Partial<Candidate> => {
    const found = Object.entries(states).map(
      ([name, state]) => [name, { isGreen: state === "success", state }] as const,
    );
    return { checks: new Map([[commit, new Map(found)]]) };
  };

  it("passes where no checks are required, and where all of them are green", () => {
    assert.equal(verdict("checks", ran()).reason, "production requires no checks");
    const green = asked({ smoke: "success", load: "success", other: "failure" });
    assert.deepEqual(verdict("checks", ran(green), { environment }), {
      pass: true,
      reason:
        "smoke is success on 0123456789ab, which staging runs; load is success on 0123456789ab, which staging runs",
    });
  });

  it("refuses what is red, runs still, was skipped, is missing or is of another commit", () => {
    for (const [states, reason] of [
      [{ smoke: "failure", load: "success" }, "smoke is failure"],
      [{ smoke: "in_progress", load: "success" }, "smoke is in_progress"],
      [{ smoke: "success", load: "skipped" }, "load is skipped"],
      [{ load: "success" }, "smoke didn't run"],
    ] as const) {
      assert.deepEqual(verdict("checks", ran(asked(states)), { environment }), {
        pass: false,
        reason: `${reason} on 0123456789ab, which staging runs`,
      });
    }
    const elsewhere = asked({ smoke: "success", load: "success" }, "f".repeat(40));
    assert.equal(verdict("checks", ran(elsewhere), { environment }).pass, false);
  });

  it("wants them in every stack of every environment", () => {
    const part = (commit: string) => ({
      what: "v1.2.3",
      runs: "v1.2.3",
      ran: { since: NOW, commit },
    });
    const upstreams = ["a", "b"].map((stack) => ({
      environment: "staging",
      stack,
      pin: pin("v1.2.3"),
      parts: [part(stack.repeat(40))],
    }));
    const green = new Map([["smoke", { isGreen: true, state: "success" }]]);
    const half = { upstreams, checks: new Map([["a".repeat(40), green]]) };
    assert.deepEqual(verdict("checks", ran(half), { environment: { checks: ["smoke"] } }), {
      pass: false,
      reason: "smoke didn't run on bbbbbbbbbbbb, which staging (b) runs",
    });
  });

  it("leaves it to who deploys where GitHub wasn't asked", () => {
    assert.deepEqual(verdict("checks", ran(), { environment }), {
      pass: true,
      pending: { checks: true },
      reason: "GitHub wasn't asked about smoke, load; who deploys asks",
    });
  });

  it("asks nothing of what never ran, enters, comes first or breaks the glass", () => {
    assert.equal(verdict("checks", candidate("v1.2.3"), { environment }).pass, true);
    const enters = { environment: { ...environment, enters: ["orders"] } };
    const red = ran(asked({ smoke: "failure" }));
    assert.equal(verdict("checks", red, enters).pass, true);
    assert.equal(verdict("checks", red, { environment, isFirst: true }).pass, true);
    const broken = { ...red, breakGlass: { reason: "it burns" } };
    assert.equal(
      verdict("checks", broken, { environment }).reason,
      "overridden by --break-glass: it burns",
    );
  });
});

describe("the gate order", () => {
  it("takes versions from the environment before", () => {
    assert.equal(verdict("order", promoted("v1.2.3", NOW)).pass, true);
    assert.deepEqual(verdict("order", promoted("v1.2.3", NOW, "testing")), {
      pass: false,
      reason: "production takes versions from staging, not from testing",
    });
  });

  it("takes nothing into the environment that begins the path", () => {
    const environment = { name: "testing", from: [] };
    assert.equal(
      verdict("order", promoted("v1.2.3", NOW), { environment }).reason,
      "testing begins the promotion path, not from staging",
    );
  });

  it("takes nothing that didn't run there", () => {
    assert.deepEqual(verdict("order", promoted("v1.2.3", "uncommitted")), {
      pass: false,
      reason: "staging doesn't run v1.2.3 yet: the change isn't committed",
    });
    assert.deepEqual(verdict("order", promoted("v1.2.3", "undeployed")), {
      pass: false,
      reason:
        "staging doesn't run v1.2.3 yet: no update there has brought it; deploy it there first",
    });
    const never = candidate("v1.2.3", {
      upstreams: [
        {
          environment: "staging",
          pin: pin("v1.2.2"),
          parts: [{ what: "v1.2.3", runs: "v1.2.2" }],
        },
      ],
    });
    assert.deepEqual(verdict("order", never), {
      pass: false,
      reason: "staging runs v1.2.2, not v1.2.3",
    });
  });

  it("refuses what nobody knows, with what to do", () => {
    assert.deepEqual(verdict("order", promoted("v1.2.3", "unknown")), {
      pass: false,
      reason: "staging doesn't run v1.2.3 yet: there is no git history",
    });
    const upstreams = [{ environment: "staging", problem: "it doesn't run orders" }];
    const way =
      'repair it, promote the service to staging first, or name it in "enters" of environments.yaml';
    assert.deepEqual(verdict("order", candidate("v1.2.3", { upstreams })), {
      pass: false,
      reason: `staging: it doesn't run orders; ${way}`,
    });
    assert.deepEqual(verdict("order", candidate("v1.2.3")), {
      pass: false,
      reason: `staging: nobody knows what runs there; ${way}`,
    });
  });

  it("wants all of several environments, and soak in each", () => {
    const environment = { from: ["staging", "canary"], soak: "1h" };
    const [long, short] = [new Date(NOW.getTime() - 7_200_000), new Date(NOW.getTime() - 60_000)];
    const both = (canary: Ran) =>
      candidate("v1.2.3", {
        upstreams: [ranIn("staging", "v1.2.3", { since: long }), ranIn("canary", "v1.2.3", canary)],
      });
    assert.equal(verdict("order", both({ since: long }), { environment }).pass, true);
    assert.equal(verdict("soak", both({ since: long }), { environment }).pass, true);
    assert.deepEqual(verdict("soak", both({ since: short }), { environment }), {
      pass: false,
      reason: `has been running in canary since ${short.toISOString()}; 1h required`,
      passesAt: new Date(short.getTime() + 3_600_000).toISOString(),
    });
    const one = candidate("v1.2.3", { upstreams: [ranIn("staging", "v1.2.3", { since: long })] });
    assert.match(verdict("order", one, { environment }).reason, /^canary: nobody knows/);
  });

  it("lets pass what the path lets enter, and a first deployment", () => {
    const environment = { enters: ["orders"], soak: "1h" };
    assert.deepEqual(verdict("order", candidate("v1.2.3"), { environment }), {
      pass: true,
      reason: "it may enter production",
    });
    assert.equal(verdict("soak", candidate("v1.2.3"), { environment }).pass, true);
    assert.deepEqual(verdict("order", candidate("v1.2.3"), { isFirst: true }), {
      pass: true,
      reason: "the first deployment of production",
    });
  });
});

describe("the gate rejected", () => {
  const rejected = (text: string) => ({
    environment: { rejected: { orders: [{ version: pin(text), reason: "loses orders" }] } },
  });
  const refused = (what: string, text: string) =>
    !verdict("rejected", candidate(what), rejected(text)).pass;

  it("refuses the version, with the reason, whatever its digest", () => {
    assert.deepEqual(verdict("rejected", candidate("v1.2.3"), rejected("v1.2.3")), {
      pass: false,
      reason: "v1.2.3 is rejected: loses orders; release another version",
    });
    assert.equal(refused(`v1.2.3@${A}`, "v1.2.3"), true);
    assert.equal(refused("v1.2.4", "v1.2.3"), false);
  });

  it("refuses the bytes under any version, and the version where its bytes aren't known", () => {
    assert.equal(refused(`v1.2.4@${A}`, `v1.2.3@${A}`), true);
    assert.equal(refused("v1.2.3", `v1.2.3@${A}`), true);
    assert.equal(refused(`v1.2.3@${B}`, `v1.2.3@${A}`), false);
  });
});

describe("the gate soak", () => {
  const environment = { soak: "24h" };
  const noon = (day: number) => new Date(Date.UTC(2026, 10, day, 12));

  it("says when it will pass, to the millisecond", () => {
    const late = new Date(noon(20).getTime() + 1);
    assert.deepEqual(verdict("soak", promoted("v1.2.3", late), { environment }), {
      pass: false,
      reason: "has been running in staging since 2026-11-20T12:00:00.001Z; 24h required",
      passesAt: "2026-11-21T12:00:00.001Z",
    });
    assert.equal(verdict("soak", promoted("v1.2.3", noon(20)), { environment }).pass, true);
  });

  it("counts how long it ran where something else came in its place, and doesn't say that it will pass", () => {
    const until = (at: Date) =>
      candidate("v1.2.3", {
        upstreams: [ranIn("staging", "v1.2.3", { since: noon(10), until: at })],
      });
    assert.deepEqual(verdict("soak", until(noon(11)), { environment }), {
      pass: true,
      reason:
        "ran in staging from 2026-11-10T12:00:00.000Z to 2026-11-11T12:00:00.000Z; 24h required",
    });
    const early = until(new Date(noon(11).getTime() - 1));
    const { pass, passesAt } = verdict("soak", early, { environment });
    assert.deepEqual([pass, passesAt], [false, undefined]);
    assert.deepEqual(verdict("order", early), { pass: true, reason: "v1.2.3 ran in staging" });
  });

  for (const [soak, milliseconds] of [
    ["90s", 90_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
  ] as const) {
    it(`knows how long ${soak} is`, () => {
      const { passesAt } = verdict("soak", promoted("v1.2.3", NOW), { environment: { soak } });
      assert.equal(passesAt, new Date(NOW.getTime() + milliseconds).toISOString());
    });
  }

  it("refuses where nobody knows since when", () => {
    assert.deepEqual(verdict("soak", promoted("v1.2.3", "unknown"), { environment }), {
      pass: false,
      reason: "running time in staging is unknown: there is no git history; 24h required",
    });
    assert.equal(verdict("soak", promoted("v1.2.3", "uncommitted"), { environment }).pass, false);
    assert.equal(verdict("soak", promoted("v1.2.3", "unknown")).pass, true);
  });

  it("opens when the glass is broken", () => {
    assert.deepEqual(
      verdict(
        "soak",
        { ...promoted("v1.2.3", NOW), breakGlass: { reason: "checkout is down" } },
        { environment },
      ),
      { pass: true, reason: "overridden by --break-glass: checkout is down" },
    );
  });

  it("lets a reason count that a team has approved, and says what is pending or missing", () => {
    const of = (approved?: boolean, problem?: string) => {
      const breakGlass = {
        reason: "it is down",
        ...(approved !== undefined && { approved }),
        ...(problem !== undefined && { problem }),
      };
      const teams = { ...environment, breakGlass: { teams: ["sre", "ops"] } };
      return verdict("soak", { ...promoted("v1.2.3", NOW), breakGlass }, { environment: teams });
    };
    const overridden = "overridden by --break-glass: it is down";
    const condition = "its reason counts once a member of sre or ops has approved the pull request";
    const soaking = "has been running in staging since 2026-11-21T12:00:00.000Z; 24h required";
    const passesAt = "2026-11-22T12:00:00.000Z";
    assert.deepEqual(of(true), { pass: true, reason: overridden });
    assert.deepEqual(of(), { pass: true, pending: {}, reason: `${overridden}; ${condition}` });
    assert.deepEqual(of(false), { pass: false, reason: `${soaking}; ${condition}`, passesAt });
    const unknown = `${soaking}; ${condition}, which nobody knows: it is 403`;
    assert.deepEqual(of(false, "it is 403"), { pass: false, reason: unknown, passesAt });
  });

  it("asks nobody about a reason that nothing needs", () => {
    const breakGlass = { reason: "it is down", approved: false };
    const teams = { ...environment, breakGlass: { teams: ["sre"] } };
    const soaked = promoted("v1.2.3", new Date("2026-11-19T12:00:00Z"));
    const found = verdict("soak", { ...soaked, breakGlass }, { environment: teams });
    assert.equal(found.pass, true);
    assert.match(found.reason, /^has been running/);
    const frozen = { freeze: [{ from: "2026-11-21", until: "2026-11-22", reason: "sale" }] };
    const closed = { environment: { ...frozen, breakGlass: { teams: ["sre"] } } };
    const back = candidate("v1.2.3", { intent: "rollback", breakGlass: { reason: "it is down" } });
    assert.deepEqual(verdict("freeze", back, closed), {
      pass: true,
      reason: "a rollback passes a freeze",
    });
  });
});

describe("the gate freeze", () => {
  const freeze = (from: string, until: string) => ({
    environment: { freeze: [{ from, until, reason: "year end" }] },
  });

  it("is closed from its first moment, and open from its last", () => {
    const closed = freeze("2026-11-21T12:00:00Z", "2026-11-21T13:00:00Z");
    assert.deepEqual(verdict("freeze", promoted("v1.2.3", NOW), closed), {
      pass: false,
      reason: "production is frozen: year end; a hotfix passes with --break-glass REASON",
      passesAt: "2026-11-21T13:00:00.000Z",
    });
    const over = freeze("2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z");
    assert.equal(verdict("freeze", promoted("v1.2.3", NOW), over).pass, true);
    const later = freeze("2026-11-22", "2026-11-23");
    assert.equal(verdict("freeze", promoted("v1.2.3", NOW), later).pass, true);
  });

  it("knows zones, and takes the last of several", () => {
    const environment = {
      freeze: [
        { from: "2026-11-21T11:00:00+02:00", until: "2026-11-21T14:30:00+02:00", reason: "a" },
        { from: "2026-11-21", until: "2026-11-22", reason: "b" },
      ],
    };
    const { reason, passesAt } = verdict("freeze", promoted("v1.2.3", NOW), { environment });
    assert.equal(passesAt, "2026-11-22T00:00:00.000Z");
    assert.match(reason, /frozen: a/);
  });

  it("lets a rollback through, and a hotfix with its reason", () => {
    const closed = freeze("2026-11-21", "2026-11-22");
    assert.equal(verdict("freeze", candidate("v1.2.3", { intent: "rollback" }), closed).pass, true);
    assert.deepEqual(
      verdict("freeze", { ...promoted("v1.2.3", NOW), breakGlass: { reason: "CVE" } }, closed),
      {
        pass: true,
        reason: "overridden by --break-glass: CVE",
      },
    );
  });
});

describe("the gate hold", () => {
  const held = (until?: string) => ({
    config: stackConfig({
      stack: "production",
      holds: new Map([["orders", { reason: "slow", ...(until !== undefined && { until }) }]]),
    }),
  });

  it("says why, until when, and how to lift it", () => {
    const reason = "held: slow; lift it with releases unhold orders --stack production";
    assert.deepEqual(verdict("hold", candidate("v1.2.3"), held()), { pass: false, reason });
    assert.deepEqual(verdict("hold", candidate("v1.2.3"), held("2026-11-22")), {
      pass: false,
      reason,
      passesAt: "2026-11-22T00:00:00.000Z",
    });
    assert.equal(verdict("hold", candidate("v1.2.3"), held("2026-11-21")).pass, true);
    assert.equal(verdict("hold", candidate("v1.2.3")).pass, true);
  });

  it("is what a suspended definition is", () => {
    const suspended = service("orders", { deploy: { strategy: "suspend" } });
    assert.deepEqual(verdict("hold", { ...candidate("v1.2.3"), service: suspended }), {
      pass: false,
      reason: "suspended by its definition in service/shop.yaml",
    });
  });

  it("isn't opened by breaking the glass", () => {
    assert.equal(
      verdict("hold", candidate("v1.2.3", { breakGlass: { reason: "x" } }), held()).pass,
      false,
    );
  });
});

describe("the gate downgrade", () => {
  const from = (current: string, to: string) =>
    verdict("downgrade", candidate(to, { current: pin(current) }));

  it("refuses what goes back, and names the way that says so", () => {
    assert.deepEqual(from("v1.10.0", "v1.9.9"), {
      pass: false,
      reason:
        "v1.10.0 -> v1.9.9 goes back; production does that by releases rollback orders --stack production --to v1.9.9 --reason R",
    });
    assert.equal(from("v1.9.9", "v1.10.0").pass, true);
    assert.equal(from("v1.9", "v1.9.0").pass, true);
    assert.equal(from("v1.2.3", "v1.2.3-rc.1").pass, false);
    assert.equal(verdict("downgrade", candidate("v1.2.3")).pass, true);
  });

  it("doesn't guess an order where there is none", () => {
    assert.equal(from("v1.12.2", "v1.12.2-ce60d74").pass, true);
    assert.equal(from("v1.12.2-ce60d74", "v1.12.2-0a1b2c3").pass, true);
    assert.equal(from("v1.12.3", "v1.12.2-ce60d74").pass, false);
    assert.equal(from(`${"c".repeat(40)}@${A}`, "v0.0.1").pass, true);
    assert.equal(new Commit("c").text, "c");
  });

  it("compares numbers above 2^53 in a suffix exactly", () => {
    assert.equal(from("v1.0.0-rc.9007199254740993", "v1.0.0-rc.9007199254740992").pass, false);
    assert.equal(from("v1.0.0-rc.9007199254740992", "v1.0.0-rc.9007199254740993").pass, true);
  });

  it("refuses what has no order and was replaced here, by the history of the stack", () => {
    const tag = (text: string, wasReplaced?: boolean) =>
      verdict(
        "downgrade",
        candidate(text, {
          current: pin(`2024.02.01@${B}`),
          ...(wasReplaced !== undefined && { wasReplaced }),
        }),
      );
    assert.deepEqual(tag(`2024.01.05@${A}`, true), {
      pass: false,
      reason: `2024.02.01 and 2024.01.05 have no order, and 2024.01.05 ran in production before; production does that by releases rollback orders --stack production --to 2024.01.05@${A} --reason R`,
    });
    assert.deepEqual(tag(`2024.01.05@${A}`, false), {
      pass: true,
      reason: "2024.02.01 and 2024.01.05 have no order",
    });
    assert.equal(tag(`2024.01.05@${A}`).pass, true);
    assert.equal(tag(`2024.02.01@${A}`, true).pass, false);
  });

  it("says that rc10 sorts as a text, and how to count", () => {
    assert.deepEqual(from("v1.1.3-rc9", "v1.1.3-rc10"), {
      pass: false,
      reason:
        'v1.1.3-rc9 -> v1.1.3-rc10 goes back: as texts "rc10" comes before "rc9", and so would "rc.10"; count after a dot from the next release on, such as v1.1.4-rc.1',
    });
    assert.equal(from("v1.1.3-rc.9", "v1.1.3-rc.10").pass, true);
    assert.equal(from("v1.1.3-rc9", "v1.1.4-rc.1").pass, true);
    assert.equal(from("v1.1.3-rc9", "v1.1.3").pass, true);
    assert.match(from("v1.1.3-rc10", "v1.1.3-rc1").reason, /goes back; production does that by/);
    assert.match(from("v1.1.3-beta.2", "v1.1.3-alpha.10").reason, /does that by releases rollback/);
  });
});

describe("the gate hold of a definition with an error", () => {
  it("says so, and not that it is suspended", () => {
    const broken = service("orders", { deploy: { strategy: "suspend" }, sound: false });
    assert.match(
      verdict("hold", candidate("v1.2.3", { service: broken })).reason,
      /^its definition in \S+ has an error, which releases lint shows$/,
    );
  });
});

describe("an image's own tag", () => {
  const TAG = `4.0.19.3001@${A}`;

  it("is accepted where the environment accepts tags", () => {
    assert.deepEqual(verdict("accepted", candidate(TAG)), {
      pass: false,
      reason: "4.0.19.3001 is an image's own tag, and production accepts release",
    });
    const accepts = ["release" as const, "tag" as const];
    assert.equal(verdict("accepted", candidate(TAG), { environment: { accepts } }).pass, true);
    assert.equal(verdict("prerelease", candidate(TAG)).pass, true);
  });

  it("meets the requirement of any version, and no other: nobody knows its order", () => {
    for (const [range, pass] of [
      ["*", true],
      [">=0", true],
      ["x", true],
      ["^4", false],
      [">=4.0.19", false],
      ["4.0.19.3001", false],
    ] as const) {
      const needing = service("catalog", { requires: new Map([["orders", range]]) });
      const running = new Map([["orders", { service: service("orders"), pin: pin(TAG) }]]);
      const found = verdict("requires", candidate("v1", { service: needing }), { running });
      assert.equal(found.pass, pass, range);
      const dependents = new Map([["orders", [needing]]]);
      assert.equal(verdict("required-by", candidate(TAG), { dependents }).pass, pass, range);
    }
  });

  it("may come again with other bytes, of which those that ran upstream pass", () => {
    const current = pin(`4.0.19.3001@${B}`);
    const upstreams = [ranIn("staging", TAG, { since: NOW })];
    assert.equal(verdict("same-digest", candidate(TAG, { current, upstreams })).pass, true);
    const others = [ranIn("staging", `4.0.19.3001@${B}`, { since: NOW })];
    assert.deepEqual(verdict("same-digest", candidate(TAG, { upstreams: others })), {
      pass: false,
      reason: `staging runs ${B}, and this is ${A}`,
    });
  });

  it("needs to have run upstream, and no release on GitHub", () => {
    assert.equal(verdict("order", promoted(TAG, NOW)).pass, true);
    const other = {
      environment: "staging",
      pin: pin(`4.1@${A}`),
      parts: [{ what: "4.0.19.3001", runs: "4.1" }],
    };
    assert.equal(verdict("order", candidate(TAG, { upstreams: [other] })).pass, false);
    assert.deepEqual(verdict("release", promoted(TAG, NOW)), {
      pass: true,
      reason: "an image's own tag has no release",
    });
  });
});

describe("the gate same-digest", () => {
  const of = (upstream: string, to: string, current?: string) =>
    verdict(
      "same-digest",
      candidate(to, {
        upstreams: [ranIn("staging", upstream, { since: NOW })],
        ...(current !== undefined && { current: pin(current) }),
      }),
    );

  it("wants the bytes that ran upstream", () => {
    assert.equal(of(`v1.2.3-rc.1@${A}`, `v1.2.3@${A}`).pass, true);
    assert.deepEqual(of(`v1.2.3@${A}`, `v1.2.3@${B}`), {
      pass: false,
      reason: `staging runs ${A}, and this is ${B}`,
    });
    assert.deepEqual(of("v1.2.3", `v1.2.3@${B}`), {
      pass: true,
      pending: { version: "v1.2.3" },
      reason: "staging pins no digest; the registry is asked before it is deployed",
    });
    assert.deepEqual(of("v1.2.3", "v1.2.3"), {
      pass: true,
      reason: "upstream has no pinned digest",
    });
  });

  it("lets no version change its bytes", () => {
    assert.deepEqual(of(`v1.2.3@${A}`, `v1.2.3@${A}`, `v1.2.3@${B}`), {
      pass: false,
      reason: `production runs v1.2.3@${B}; the same version with other bytes needs a new number`,
    });
    assert.equal(of(`v1.2.3@${A}`, `v1.2.3@${A}`, "v1.2.3").pass, true);
    assert.equal(of(`v1.2.3@${A}`, `v1.2.3@${A}`, `v1.2.2@${B}`).pass, true);
  });
});

describe("the gate artifact", () => {
  const done = (action: "none" | "tag" | "copy") => {
    return { service: "orders", action, source: `a@${A}`, target: "b:v1.2.3", digest: A };
  };

  it("passes what is there, or can be brought there", () => {
    assert.deepEqual(verdict("artifact", candidate("v1.2.3", { images: [done("none")] })), {
      pass: true,
      reason: "the image is there",
    });
    assert.deepEqual(
      verdict("artifact", candidate("v1.2.3", { images: [done("none"), done("copy")] })),
      { pass: true, reason: "copy b:v1.2.3" },
    );
  });

  it("refuses what isn't, with all that is wrong", () => {
    const images = [done("none"), { problem: "one" }, { problem: "two" }];
    assert.deepEqual(verdict("artifact", candidate("v1.2.3", { images })), {
      pass: false,
      reason: "one; two",
    });
  });

  it("says when registries weren't asked, and when there is no image", () => {
    assert.equal(verdict("artifact", candidate("v1.2.3")).reason, "registries weren't asked");
    const entry = candidate("v1.2.3", { service: template("network") });
    assert.equal(verdict("artifact", entry).reason, "the service has no image");
  });
});

describe("the gate release", () => {
  it("wants what runs upstream to be released on GitHub", () => {
    const rc: Candidate = {
      ...candidate("v1.1.3"),
      upstreams: [ranIn("staging", "v1.1.3-rc.2", { since: NOW })],
    };
    assert.equal(verdict("release", { ...rc, released: true }).pass, true);
    assert.deepEqual(verdict("release", { ...rc, released: false }), {
      pass: false,
      reason:
        "GitHub shows no release v1.1.3-rc.2 of acme/orders; publish it, or give a GITHUB_TOKEN that may read the repository",
    });
    assert.equal(verdict("release", rc).reason, "GitHub wasn't asked");
  });

  it("wants every file of the definition in the release", () => {
    const what: Candidate = { ...candidate("v1.1.3"), released: true };
    const { pass, reason } = verdict("release", { ...what, lacks: ["a.tar.gz", "b.sum"] });
    assert.equal(pass, false);
    assert.match(reason, /^the release v1\.1\.3 of \S+ lacks a\.tar\.gz, b\.sum; upload it$/);
    assert.equal(verdict("release", what).pass, true);
  });

  it("passes services that environments.yaml names as unreleased, and no other", () => {
    const what: Candidate = { ...candidate("v1.1.3"), released: false };
    const named = (name: string) =>
      verdict("release", what, { environment: { unreleased: [name] } });
    assert.deepEqual(named("orders"), {
      pass: true,
      reason: "orders has no releases on GitHub",
    });
    assert.equal(named("catalog").pass, false);
  });
});
