import { createHash } from "node:crypto";
import { Refusal, type Kind, type StandIn } from "./stand-in";
import type { Properties } from "./world";

interface Hook {
  readonly url?: unknown;
  readonly contentType?: unknown;
}

/** Returns what GitHub says of a webhook's settings. */
function checkHook({ configuration, events }: Properties): string[] {
  const { url, contentType } = (configuration ?? {}) as Hook;
  const found: string[] = [];
  if (typeof url !== "string" || !URL.canParse(url)) found.push("422 url is not a URL");
  if (!["json", "form"].includes(String(contentType)))
    found.push("422 content_type is json or form");
  if (!Array.isArray(events) || events.length === 0) found.push("422 events is empty");
  return found;
}

function urlOf({ configuration }: Properties): string {
  const { url } = (configuration ?? {}) as Hook;
  return typeof url === "string" ? url : "";
}

/** GitHub numbers its webhooks; this one's number comes from where it leads. */
function hookNumber(inputs: Properties): number {
  return parseInt(createHash("sha256").update(urlOf(inputs)).digest("hex").slice(0, 7), 16);
}

const shown = ({ configuration }: Properties): Properties => ({
  configuration: { ...(configuration as Hook), secret: "********" },
});

const TAKEN = "422 Validation Failed [Hook already exists on this repository]";

const repositoryWebhook: Kind = {
  check: checkHook,
  key: (inputs, { owner = "" }) => `${owner} hook ${String(inputs["repository"])} ${urlOf(inputs)}`,
  id: (inputs) => `${String(inputs["repository"])}/${hookNumber(inputs)}`,
  shown,
  taken: TAKEN,
  outputs: (inputs, { owner = "" }) => ({
    url: `https://api.github.com/repos/${owner}/${String(inputs["repository"])}/hooks/${hookNumber(inputs)}`,
  }),
};

const organizationWebhook: Kind = {
  check: checkHook,
  key: (inputs, { owner = "" }) => `${owner} hook ${urlOf(inputs)}`,
  id: (inputs) => String(hookNumber(inputs)),
  shown,
  taken: TAKEN,
};

/** Returns what stands in for GitHub. */
export function github(): StandIn {
  return {
    name: "github",
    kinds: {
      "github:index/repositoryWebhook:RepositoryWebhook": repositoryWebhook,
      "github:index/organizationWebhook:OrganizationWebhook": organizationWebhook,
    },
    configure: ({ owner }) => {
      if (typeof owner !== "string") throw new Refusal("no owner: the token's user would be used");
      return { owner };
    },
  };
}
