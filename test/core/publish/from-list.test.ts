import assert from "node:assert/strict";
import {
  chartsIn,
  publicationsFrom,
  type ServiceSource,
} from "../../../src/core/publish/from-list";
import { parsePublications } from "../../../src/core/publish/publication-file";
import { entryOf, formatPublications } from "../../../src/core/publish/publication-text";
import { continuousDelivery, E2E, exampleFiles, gomenhashai } from "../../support/companies";
import { digestOf, yamlFile } from "../../support/model";
import { asMapping } from "../../../src/core/mapping";
import { repositoryOf, type Files } from "../../support/repository";
import { text } from "../../support/text";

const DIGEST = digestOf("a");

interface Shown {
  readonly services: Readonly<Record<string, object>>;
  readonly says: readonly string[];
}

/** Returns what a list says of a source, as its file has it, and what it says besides. */
function derived(
  files: Files,
  at: Partial<ServiceSource> & { readonly source: string },
  ...named: string[]
): Shown {
  const all = { mainBranch: "main", charts: new Map<string, string>(), ...at };
  const { publications, notes, problems } = publicationsFrom(repositoryOf(files), all, named);
  // What is written is read as the same.
  if (publications.services.length > 0) {
    const file = yamlFile(formatPublications(publications), "releases.yaml");
    assert.deepEqual(parsePublications(file), { publications, issues: [] });
  }
  return {
    services: Object.fromEntries(publications.services.map((one) => [one.name, entryOf(one)])),
    says: [...problems.map(({ service = "", says }) => `${service}: ${says}`), ...notes],
  };
}

const SHOP = text`
  config:
    pulumi:disable-default-providers: ["*"]
    releases:github: { owner: acme }
    releases:registry: { role: external, host: ghcr.io/acme, mutableTags: [latest, main] }
`;

function shop(definition: string, stack = SHOP): Files {
  return { "service/shop.yaml": definition, "Pulumi.production.yaml": stack };
}

const ORDERS = text`
  - github: orders
    docker: orders
    deploy: { release: v1.0.0 }
`;

describe("publicationsFrom", () => {
  it("has images, aliases, spellings, assets and the chart of a service, as the list has them", () => {
    const list = text`
      - github: orders
        docker: shop/orders
        name: orders
        deploy: { release: v1.0.0 }
        aliases: [orders-1]
        tags: { github: "orders-v{version}", image: "{version}" }
        assets: [orders.tar.gz]
        chart: { name: oci://ghcr.io/acme/charts/orders, version: 1.0.0 }
        imageValues: { repository: app.image, tag: app.tag }
      - { github: other, docker: other, deploy: { release: v1.0.0 } }
    `;
    const charts = new Map([["orders", "deploy/chart"]]);
    assert.deepEqual(derived(shop(list), { source: "acme/orders", charts }), {
      services: {
        orders: {
          images: ["ghcr.io/acme/shop/orders", "ghcr.io/acme/orders-1"],
          branches: { main: "main" },
          releases: "acme/orders",
          tags: { github: "orders-v{version}", image: "{version}" },
          assets: ["orders.tar.gz"],
          chart: {
            repository: "oci://ghcr.io/acme/charts/orders",
            folder: "deploy/chart",
            imageValues: { repository: "app.image", tag: "app.tag" },
          },
        },
      },
      says: [],
    });
  });

  it("knows a repository whatever the case of its name, and says that roles compare letters", () => {
    assert.deepEqual(derived(shop(ORDERS), { source: "Acme/Orders" }), {
      services: {
        orders: {
          images: ["ghcr.io/acme/orders"],
          branches: { main: "main" },
          releases: "Acme/Orders",
        },
      },
      says: [
        "orders: the list has its repository as acme/orders, and this clone as Acme/Orders; write it as GitHub does, as a role of AWS trusts no other spelling",
      ],
    });
  });

  it("pushes to the source of two accounts, and never to a replica or a later one", () => {
    const found = derived(continuousDelivery(DIGEST), { source: "acme/inventory" });
    assert.deepEqual(found, {
      services: {
        inventory: {
          images: [`${E2E}.dkr.ecr.eu-west-2.amazonaws.com/inventory`],
          branches: { main: "main" },
          releases: "acme/inventory",
        },
      },
      says: [],
    });
    const replica = text`
      config:
        aws:region: eu-west-1
        pulumi:disable-default-providers: ["*"]
        releases:account: "222222222222"
        releases:registry: { role: replica, source: { account: "111111111111", region: eu-west-1 } }
    `;
    assert.deepEqual(derived(shop(ORDERS, replica), { source: "acme/orders" }), {
      services: {},
      says: [
        "orders: no stack config has a registry to push to; write releases:registry with role source or external",
      ],
    });
  });

  it("has files whose releases are elsewhere, and payloads of every commit", () => {
    const found = derived(exampleFiles("files"), { source: "acme/runtime" }, "runtime");
    assert.deepEqual(found, {
      services: {
        "runenv-python": {
          images: ["docker.io/acme/runenv-python", "docker.io/acme/runenv-python-3.7"],
          branches: { main: "latest" },
        },
        runtime: { releases: "acme/runtime-releases", assets: ["runtime.tar.gz"] },
      },
      says: [],
    });
  });

  it("publishes from the source what is released in another repository", () => {
    const files = shop(text`
      - github: { source: km, releases: km-releases }
        docker: km
        deploy: { release: v1.0.0 }
    `);
    const { services, says } = derived(files, { source: "acme/km" });
    assert.deepEqual(says, []);
    assert.deepEqual(services, {
      km: {
        images: ["ghcr.io/acme/km"],
        branches: { main: "main" },
        releases: "acme/km-releases",
      },
    });
    assert.deepEqual(derived(files, { source: "acme/km-releases" }).says, [
      ": acme/km-releases has the releases of km, which is built in acme/km; run it there",
    ]);
  });

  it("has the chart of a chart repository on GitHub Pages", () => {
    const { services, says } = derived(gomenhashai(DIGEST), {
      source: "marcantoineRaymond/GomenHashai",
      charts: new Map([["gomenhashai", "charts/gomenhashai"]]),
    });
    assert.deepEqual(asMapping(services["gomenhashai"])["chart"], {
      repository: "https://marcantoineRaymond.github.io/GomenHashai",
      name: "gomenhashai",
      folder: "charts/gomenhashai",
    });
    // The owner writes itself with a capital R.
    assert.match(says.join("\n"), /^gomenhashai: the list has its repository as [^\n]+$/);
  });

  for (const [what, repository, why] of [
    [
      "of another server",
      "https://charts.acme.example/stable",
      "is neither an OCI registry nor a repository's page https://OWNER.github.io/NAME; push it to one of these and name that in the list, or keep your own step",
    ],
    [
      "in a folder of a page",
      "https://acme.github.io/charts/stable",
      "is neither an OCI registry nor a repository's page https://OWNER.github.io/NAME; push it to one of these and name that in the list, or keep your own step",
    ],
    [
      "of another owner",
      "https://mallory.github.io/charts",
      "is of another owner than acme/orders; take a chart repository of that owner, or keep your own step",
    ],
  ] as const) {
    it(`says that a chart repository ${what} isn't written to`, () => {
      const own = `${ORDERS}  chart: { repository: ${repository}, name: orders, version: 1.0.0 }\n`;
      const charts = new Map([["orders", "charts/orders"]]);
      const { services, says } = derived(shop(own), { source: "acme/orders", charts });
      assert.equal(asMapping(services["orders"])["chart"], undefined);
      assert.deepEqual(says, [`orders: its chart isn't packaged: ${repository} ${why}`]);
    });
  }

  it("says which charts and branches are left out, and why", () => {
    const list = text`
      - github: orders
        docker: orders
        deploy: { release: v1.0.0 }
        chart: { name: oci://ghcr.io/acme/charts/orders, version: 1.0.0 }
      - github: orders
        docker: worker
        deploy: { branch: main }
        chart: { name: oci://ghcr.io/acme/charts/worker, version: 1.0.0 }
    `;
    const at = {
      source: "acme/orders",
      mainBranch: "master",
      charts: new Map([["worker", "charts/worker"]]),
    };
    assert.deepEqual(derived(shop(list), at), {
      services: {
        orders: { images: ["ghcr.io/acme/orders"], releases: "acme/orders" },
        worker: { images: ["ghcr.io/acme/worker"], branches: { main: "latest" } },
      },
      says: [
        "orders: the branch master isn't pushed; add master to registry.mutableTags of a stack config to have its images",
        "orders: its chart isn't packaged: no folder here has the chart orders",
        "worker: its chart isn't packaged: a service that follows a branch has no versions",
      ],
    });
  });

  it("says why nothing can be published: a name, a repository, a tag", () => {
    const branch = "- { github: orders, docker: orders, deploy: { branch: develop } }\n";
    const fixed = SHOP.replace("[latest, main]", '["*-test"]');
    assert.deepEqual(derived(shop(branch, fixed), { source: "acme/orders" }, "order"), {
      services: {},
      says: [
        `order: isn't in the list; did you mean "orders"?`,
        "orders: no tag may follow its branch; add latest to registry.mutableTags of a stack config",
        "orders: the branch develop isn't pushed; add develop to registry.mutableTags of a stack config to have its images",
      ],
    });
    assert.deepEqual(derived(shop(ORDERS), { source: "acme/other" }), {
      services: {},
      says: [
        ": no definition has the repository acme/other; name the services that are published from there",
      ],
    });
  });

  it("joins the definitions of one service for several environments", () => {
    const list = text`
      - { github: orders, docker: orders, deploy: { branch: main }, environments: [testing] }
      - { github: orders, docker: orders, deploy: { release: v1.0.0 }, environments: [production] }
    `;
    const files = {
      ...shop(list),
      "Pulumi.testing.yaml": SHOP,
      "environments.yaml":
        "environments:\n  testing: { accepts: [commit] }\n  production: { accepts: [release] }\n",
    };
    assert.deepEqual(derived(files, { source: "acme/orders" }), {
      services: {
        orders: {
          images: ["ghcr.io/acme/orders"],
          branches: { main: "main" },
          releases: "acme/orders",
        },
      },
      says: [],
    });
  });
});

describe("chartsIn", () => {
  it("has the chart of a name that is nearest to the top", () => {
    const chart = (file: string, name: string) => {
      return { file, bytes: new TextEncoder().encode(`name: ${name}\nversion: 1.0.0\n`) };
    };
    const found = chartsIn([
      chart("a/b/Chart.yaml", "orders"),
      chart("z/Chart.yaml", "orders"),
      chart("b/Chart.yaml", "orders"),
      chart("Chart.yaml", "top"),
      chart("c/Chart.yaml", "[]"),
    ]);
    assert.deepEqual(Object.fromEntries(found), { orders: "b", top: "." });
  });
});
