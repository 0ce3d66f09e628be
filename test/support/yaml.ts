/**
 * Returns a list of one service with an image.
 * @param more further keys of its definition, indented by two
 * @param release without which it says nothing of what is deployed: ""
 */
export function serviceYaml(name: string, more = "", release = "v1.2.3"): string {
  const deploy = release === "" ? "" : `  deploy: { release: ${release} }\n`;
  return `- github: ${name}\n  docker: ${name}\n${deploy}${more}`;
}

/**
 * Returns a stack config for one account with its own registry.
 * @param more further keys, indented by two
 */
export function stackConfigYaml(
  more = "",
  registry = "{ role: source, prefix: releases/ }",
): string {
  return `config:
  aws:region: eu-west-1
  pulumi:disable-default-providers: ["*"]
  releases:account: "111111111111"
  releases:cluster: { context: test }
  releases:registry: ${registry}
${more}`;
}
