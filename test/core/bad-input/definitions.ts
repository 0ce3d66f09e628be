import { text } from "../../support/text";
import { CLOUDFORMATION, EXTERNAL, config, stack, type BadInput } from "./parts";

/** Definitions: what a service is and which version of it runs. */
export const DEFINITIONS: readonly BadInput[] = [
  {
    code: "invalid-github",
    shows: "An owner doesn't belong here.",
    files: {
      "service/shop.yaml": text`
        - github: acme/orders
          docker: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:11",
    says: `definition 1 (orders): "github" is "acme/orders"; expected a repository's name without its owner: at most 100 letters, digits, ".", "_" and "-", no leading dot, no ".git" at its end`,
  },
  {
    code: "invalid-github",
    shows: "The repository of the releases, of two.",
    files: {
      "service/shop.yaml": text`
        - github: { source: orders, releases: acme/orders-releases }
          docker: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:39",
    says: `definition 1 (orders): "github.releases" is "acme/orders-releases"; expected a repository's name without its owner: at most 100 letters, digits, ".", "_" and "-", no leading dot, no ".git" at its end`,
  },
  {
    code: "invalid-github",
    shows: "An owner that would end a commit's message, and begin its trailers.",
    files: stack(
      EXTERNAL,
      text`
        releases:github: { owner: "acme/x\\n\\nBreak-glass: approved by ops" }
      `,
    ),
    at: "Pulumi.testing.yaml:5:29",
    says: String.raw`"github.owner" is "acme/x\n\nBreak-glass: approved by ops"; expected an organization's or user's name, without an address: at most 39 letters, digits and single dashes`,
  },
  {
    code: "invalid-docker",
    shows: "A host, which the registry has already.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: ghcr.io/acme/orders
          deploy: { release: v1.2.0 }
          aliases: [shop/orders-3.7, quay.io/acme/orders]
      `,
    },
    at: "service/shop.yaml:2:11",
    says: `definition 1 (ghcr.io/acme/orders): "docker" is "ghcr.io/acme/orders"; the host comes from the registry of each stack config, which goes in front of it: write "acme/orders"`,
    also: [
      {
        code: "invalid-docker",
        at: "service/shop.yaml:4:30",
        says: `definition 1 (ghcr.io/acme/orders): "aliases.1" is "quay.io/acme/orders"; the host comes from the registry of each stack config, which goes in front of it: write "acme/orders"`,
      },
    ],
  },
  {
    code: "invalid-docker",
    shows: "A tag doesn't belong here.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders:latest
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:2:11",
    says: `definition 1 (orders:latest): "docker" is "orders:latest"; expected an image repository without host and tag: lower-case letters and digits, separated by ".", "_", "__", "-" or "/"`,
  },
  {
    code: "invalid-provider",
    files: {
      "infrastructure/shop.yaml": text`
        - github: network
          provider: terraform
          deploy: { release: v0.5.8 }
      `,
    },
    at: "infrastructure/shop.yaml:2:13",
    says: `definition 1 (network): "provider" is "terraform"; expected "cloudformation"`,
  },
  {
    code: "invalid-release",
    shows: "Without its v.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: 1.2.0 }
      `,
    },
    at: "service/shop.yaml:3:22",
    says: `definition 1 (orders): "deploy.release" is "1.2.0"; expected a v in front: "v1.2.0", with tags.image: "{version}" where the image's tag has none`,
  },
  {
    code: "invalid-release",
    shows: "In quotes, and still no release.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: "1.10" }
      `,
    },
    at: "service/shop.yaml:3:22",
    says: `definition 1 (orders): "deploy.release" is "1.10"; expected a v in front: "v1.10", with tags.image: "{version}" where the image's tag has none`,
  },
  {
    code: "invalid-range",
    shows: "A word.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { range: newest }
      `,
    },
    at: "service/shop.yaml:3:20",
    says: `definition 1 (orders): "deploy.range" is "newest"; expected a semver range, such as "^1.2" or ">=0.5"`,
  },
  {
    code: "invalid-range",
    shows: "A comma, as Helm's, Flux's and Kargo's ranges have it.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { range: ">=1.2, <2" }
      `,
    },
    at: "service/shop.yaml:3:20",
    says: `definition 1 (orders): "deploy.range" is ">=1.2, <2"; expected a semver range; a comma isn't in it: write a space for "and": ">=1.2 <2"`,
  },
  {
    code: "range-differs-elsewhere",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { range: ">=1.2.0-0 <2" }
      `,
    },
    at: "service/shop.yaml:3:13",
    severity: "warning",
    says: `definition 1 (orders): "deploy.range" is ">=1.2.0-0 <2", which has a pre-release; for Helm, Flux and Kargo it takes pre-releases of every version then, and here only those of the same three numbers`,
  },
  {
    code: "invalid-name",
    shows: "A space.",
    files: {
      "service/shop.yaml": text`
        - name: our orders
          github: orders
          docker: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:9",
    says: `definition 1 (our orders): "name" is "our orders"; expected letters, digits, dots, dashes, underscores and slashes`,
  },
  {
    code: "reserved-name",
    shows: "A name that every JavaScript object has.",
    files: {
      "service/shop.yaml": text`
        - name: constructor
          github: orders
          docker: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:9",
    says: `definition 1 (constructor): "name" is "constructor"; expected another name: JavaScript gives this one to every object`,
  },
  {
    code: "reserved-name",
    shows: "The name of an object's prototype.",
    files: {
      "service/shop.yaml": text`
        - name: __proto__
          github: orders
          docker: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:9",
    says: `definition 1 (__proto__): "name" is "__proto__"; expected another name: JavaScript gives this one to every object`,
  },
  {
    code: "reserved-name",
    shows: "The same as a key of a stack config.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { constructor: v1.2.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:5:24",
    says: `"constructor" can't be a name here; expected another name: JavaScript gives this one to every object`,
  },
  {
    code: "invalid-name",
    shows: "A name that CloudFormation can't give to a stack.",
    files: {
      "infrastructure/shop.yaml": text`
        - github: 3d-network
          provider: cloudformation
          deploy: { release: v0.5.8 }
      `,
      "Pulumi.testing.yaml": config(
        CLOUDFORMATION,
        "releases:templates: { bucket: acme-templates }\n",
      ),
    },
    at: "Pulumi.testing.yaml:5:3",
    says: `"3d-network" can't be a CloudFormation stack's name: a letter, then letters, digits and dashes, at most 128; give it another "name"`,
  },
  {
    code: "missing-strategy",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: {}
      `,
    },
    at: "service/shop.yaml:3:3",
    says: `definition 1 (orders): "deploy" has no strategy; give one of release, branch, range or suspend: true`,
  },
  {
    code: "several-strategies",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0, branch: main }
      `,
    },
    at: "service/shop.yaml:3:3",
    says: `definition 1 (orders): "deploy" has 2 strategies, release and branch; keep one`,
  },
  {
    code: "preview-not-possible",
    shows: "Beside a range.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { range: ^1.2, preview: true }
      `,
    },
    at: "service/shop.yaml:3:26",
    says: `definition 1 (orders): "deploy.preview" isn't for range; remove it`,
  },
  {
    code: "preview-not-possible",
    shows: "Of an infrastructure entry.",
    files: {
      "infrastructure/shop.yaml": text`
        - github: network
          provider: cloudformation
          deploy: { release: v0.5.8, preview: true }
      `,
    },
    at: "infrastructure/shop.yaml:3:30",
    says: `definition 1 (network): a service with a provider has no previews; remove "deploy.preview"`,
  },
  {
    code: "missing-docker",
    files: {
      "service/shop.yaml": text`
        - github: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:3",
    says: `definition 1 (orders): "docker", "provider" or "assets" is missing; give the image repository, or the files of the release`,
  },
  {
    code: "invalid-value",
    shows: "A file's name that GitHub would change.",
    files: {
      "service/shop.yaml": text`
        - github: tools
          assets: [dist/tools.tar.gz]
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:2:12",
    says: `definition 1 (tools): "assets.0" is "dist/tools.tar.gz"; expected a file's name as GitHub keeps it: no folder, no space, no period in front or at its end`,
  },
  {
    code: "key-without-effect",
    shows: "Values of a release of files.",
    files: {
      "service/shop.yaml": text`
        - github: tools
          assets: [tools.tar.gz]
          deploy: { release: v1.2.0 }
          values: { replicaCount: 2 }
      `,
    },
    at: "service/shop.yaml:4:3",
    says: `definition 1 (tools): "values" is for services that Helm deploys; remove it`,
  },
  {
    code: "preview-not-possible",
    shows: "A release of files.",
    files: {
      "service/shop.yaml": text`
        - github: tools
          assets: [tools.tar.gz]
          deploy: { release: v1.2.0, preview: true }
      `,
    },
    at: "service/shop.yaml:3:30",
    says: `definition 1 (tools): a release of files has no previews; remove "deploy.preview"`,
  },
];
