import assert from "node:assert/strict";
import { expectedWebhookAddress } from "../../src/core/webhook-address";

const TAKEN = [
  "https://hooks.acme.example/testing",
  "https://hooks.acme.example",
  "https://hooks.acme.example.:8443/a/b.c?d=e&f=%20'g'#h",
  "https://HOOKS.acme.example/@team",
  "https://xn--bcher-kva.example/",
  "https://8.8.8.8/x",
  "https://172.15.0.1/x",
  "https://100.128.0.1/x",
  `https://${"a".repeat(63)}.example/${"p".repeat(2000)}`,
];

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "an https address": [
    "",
    "http://hooks.acme.example/x",
    "HTTPS://hooks.acme.example/x",
    "ftp://hooks.acme.example/x",
    "hooks.acme.example/x",
    " https://hooks.acme.example/x",
  ],
  "no spaces, quotes": [
    'https://hooks.acme.example/"',
    "https://hooks.acme.example/a b",
    "https://hooks.acme.example/a\tb",
    "https://hooks.acme.example/a\n",
    "https://hooks.acme.example/<x>",
    "https://hooks.acme.example/{x}",
    "https://hooks.acme.example/a\\b",
    "https://hooks.acme.example/%2",
    "https://hooks.acme.example/[x]",
    "https://hööks.acme.example/x",
    'https://ho"oks.acme.example/x',
    "https://hooks.acme.example:65536/x",
    "https://hooks.acme.example:x/",
    "https://",
    "https:///x",
    "https://256.1.1.1/x",
  ],
  "without credentials": [
    "https://user:password@hooks.acme.example/x",
    "https://token@hooks.acme.example/x",
    "https://@hooks.acme.example/x",
  ],
  "public Internet": [
    "https://localhost/x",
    "https://localhost:8443/x",
    "https://LOCALHOST./x",
    "https://hooks.localhost/x",
    "https://hooks/x",
    "https://hooks./x",
    "https://hooks.local/x",
    "https://hooks.svc.cluster.local/x",
    "https://hooks.corp.internal/x",
    "https://hooks.home.arpa/x",
    "https://hooks.test/x",
    "https://127.0.0.1/x",
    "https://127.1/x",
    "https://2130706433/x",
    "https://0x7f.0.0.1/x",
    "https://0.0.0.0/x",
    "https://10.0.0.1/x",
    "https://172.16.0.1/x",
    "https://172.31.255.255/x",
    "https://192.168.1.1/x",
    "https://169.254.169.254/latest",
    "https://100.64.0.1/x",
    "https://198.18.0.1/x",
    "https://192.0.2.1/x",
    "https://203.0.113.9/x",
    "https://224.0.0.1/x",
    "https://255.255.255.255/x",
    "https://[::1]/x",
    "https://[2001:db8::1]:8443/x",
    "https://[2606:50c0:8000::153]/x",
    "https://hooks_a.acme.example/x",
    "https://-hooks.acme.example/x",
    "https://hooks..example/x",
    "https://hooks.acme.example:0/x",
    `https://${"a".repeat(64)}.example/x`,
    `https://${"a.".repeat(130)}example/x`,
  ],
};

describe("expectedWebhookAddress", () => {
  for (const text of TAKEN) {
    it(`takes ${text.slice(0, 60)}`, () => assert.equal(expectedWebhookAddress(text), undefined));
  }
  for (const [why, texts] of Object.entries(REFUSED)) {
    for (const text of texts) {
      it(`refuses ${JSON.stringify(text.slice(0, 60))}: ${why}`, () => {
        assert.ok(expectedWebhookAddress(text)?.includes(why), expectedWebhookAddress(text));
      });
    }
  }
});
