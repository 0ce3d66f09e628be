import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { followingFiles, releasesOf } from "../../test/support/following";
import { GithubApi } from "../../test/support/github-api";
import { findDescription } from "../../test/support/github-description";
import { GithubGit } from "../../test/support/github-git";
import {
  ReceiverProcess,
  releaseDelivery,
  signatureOf,
  type Delivery,
} from "../../test/support/receiver-process";
import { timesOf } from "./client";
import { FOLDER } from "./workspace";

const DELIVERIES = 2_000;
const SERVICES = 200;
/** Bytes of a body that is too large, and how many of them are sent: 200 MB. */
const [LARGE, LARGE_COUNT] = [2 << 20, 100];

/** A server that reads a body and answers: the least that a receiver takes. */
const BARE = `require("node:http").createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(202).end("{}"));
}).listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;

/** The time to answer deliveries while what they bring is worked on, and the memory that too large ones take. */
export async function receive(): Promise<string[][]> {
  const description = findDescription();
  if (description === undefined) {
    return [["skipped: GitHub's description of its API isn't in ~/.cache/releases-ci", "", "", ""]];
  }
  const names = Array.from({ length: SERVICES }, (_, index) => `service-${index}`);
  const published = Object.fromEntries(names.map((name) => [name, ["v1.0.0", "v1.1.0"]]));
  const github = new GithubGit(followingFiles(names).path);
  const api = await GithubApi.start(description, (asked) => {
    return releasesOf(published, asked) ?? github.answer(asked) ?? { status: 404 };
  });
  const state = path.join(FOLDER, "receiver");
  const receiver = await ReceiverProcess.make(state, `file://${github.path}`, api.address);
  try {
    await receiver.start();
    const deliveries = Array.from({ length: DELIVERIES }, (_, index): Delivery => {
      const delivery = releaseDelivery(`${index}`, `acme/service-${index % SERVICES}`, "v1.1.0");
      return index % 10 === 9 ? { ...delivery, signature: signatureOf("other") } : delivery;
    });
    const ours = await timesOf(receiver.address, deliveries);
    const fast = await answeredWithin(receiver.address, "0.05");
    while ((await told(receiver.address, "releases_pending_intents")) > 0) await pause(200);
    const bare = await bareTimes(deliveries);
    const before = memoryOf(receiver.pid);
    // What it had at most counts from now on.
    fs.writeFileSync(`/proc/${receiver.pid}/clear_refs`, "5");
    for (let sent = 0; sent < LARGE_COUNT; sent++) await sendLarge(receiver.address);
    const growth = Math.max(0, memoryOf(receiver.pid, "VmHWM") - before);
    return [
      rowOf("answer to a delivery, median", ours, bare, 0.5),
      rowOf("answer to a delivery, 99 of 100", ours, bare, 0.99),
      ["answers within 50 ms, by its own clock", fast, "", ""],
      [`${(LARGE * LARGE_COUNT) >> 20} MiB in too large bodies`, `${growth >> 10} MB`, "", ""],
    ];
  } finally {
    await receiver.kill();
    api.stop();
  }
}

/** Returns which part of its answers the receiver gave within some seconds. */
async function answeredWithin(address: string, seconds: string): Promise<string> {
  const within = await told(address, `releases_answer_seconds_bucket{le="${seconds}"}`);
  return `${((within / (await told(address, "releases_answer_seconds_count"))) * 100).toFixed(2)} %`;
}

/** Returns a number that the receiver tells Prometheus. */
async function told(address: string, name: string): Promise<number> {
  const lines = (await (await fetch(`${address}/metrics`)).text()).split("\n");
  return Number(
    lines
      .find((line) => line.startsWith(`${name} `))
      ?.split(" ")
      .at(-1),
  );
}

function rowOf(name: string, ours: number[], bare: number[], part: number): string[] {
  const [own, least] = [ours, bare].map((times) => times[Math.floor(times.length * part)] ?? 0);
  const shown = [own, least].map((time) => `${(time ?? 0).toFixed(1)} ms`);
  return [name, ...shown, ((own ?? 0) / (least ?? 1)).toFixed(2)];
}

async function bareTimes(deliveries: readonly Delivery[]): Promise<number[]> {
  const bare = spawn(process.execPath, ["--eval", BARE], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [port] = (await once(bare.stdout, "data")) as [Buffer];
    return await timesOf(`http://127.0.0.1:${port.toString().trim()}`, deliveries);
  } finally {
    bare.kill("SIGKILL");
  }
}

/** Sends a body that is too large. Who goes on sending may meet a closed connection before the answer. */
async function sendLarge(address: string): Promise<void> {
  const request = http.request(`${address}/github`, { method: "POST" });
  const status = new Promise<number | undefined>((resolve) => {
    request.on("response", ({ statusCode }) => resolve(statusCode));
    request.on("error", () => resolve(undefined));
  });
  request.end(Buffer.alloc(LARGE, "a"));
  const answered = (await status) ?? 413;
  if (answered !== 413) throw new Error(`the answer is ${answered}`);
  request.destroy();
}

/** Returns the memory that a process has, or had at most, in KB, as Linux tells it. */
function memoryOf(pid: number | undefined, field = "VmRSS"): number {
  const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]);
}
