import type { Chart, Service } from "../../src/core/list/service";
import type { Deployment, Registry, StackConfig } from "../../src/core/stack/plan";
import { Version } from "../../src/core/version";
import { parseYaml } from "../../src/core/input/yaml-file";
import type { YamlFile } from "../../src/core/input/source";

/** A service with an image, as the parser makes it from a definition without any optional key. */
export function service(name: string, more: Partial<Service> = {}): Service {
  return {
    name,
    github: more.github ?? name,
    githubSource: more.github ?? name,
    docker: name,
    deploy: { strategy: "release", version: Version.of("v1.2.0") },
    preview: false,
    namespace: "default",
    values: {},
    imageValues: { repository: "image.repository", tag: "image.tag", digest: "image.digest" },
    timeoutSeconds: 300,
    tags: { github: "v{version}", image: "v{version}" },
    aliases: [],
    assets: [],
    requires: new Map(),
    template: "index.yaml",
    sound: true,
    source: { file: "service/shop.yaml", index: 0 },
    ...more,
  };
}

/** An infrastructure entry, which has no image. */
export function template(name: string, more: Partial<Service> = {}): Service {
  const { docker: _docker, ...rest } = service(name, more);
  return { ...rest, provider: "cloudformation" };
}

export function stackConfig(more: Partial<StackConfig> = {}): StackConfig {
  return {
    stack: "testing",
    environment: "testing",
    cluster: { context: "testing" },
    versions: new Map(),
    charts: new Map(),
    values: new Map(),
    holds: new Map(),
    select: {},
    ...more,
  };
}

export function registry(more: Partial<Registry> = {}): Registry {
  return { role: "source", prefix: "", mutableTags: [], replicas: [], pushes: false, ...more };
}

export function deployment(running: Service, more: Partial<Deployment> = {}): Deployment {
  return {
    service: running,
    version: Version.of("v1.2.0"),
    values: running.values,
    held: false,
    ...more,
  };
}

export const DEFAULT_CHART: Chart = {
  name: "./charts/service/0.1.0",
  version: "0.1.0",
  isPinned: false,
};

/** A digest that is one. */
export const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** Returns another digest for each hexadecimal digit. */
export function digestOf(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

/** Returns a text as a parsed file of the repository. */
export function yamlFile(text: string, file = "service/shop.yaml"): YamlFile {
  return parseYaml({ file, bytes: new TextEncoder().encode(text) });
}
