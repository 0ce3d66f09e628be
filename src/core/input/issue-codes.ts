/**
 * Every issue code and its meaning. Codes are a contract: scripts filter by them, so none is ever
 * renamed or given another meaning. The documentation shows an example of each.
 */
export const ISSUE_CODES = {
  // Files
  unreadable: "A file that can't be read.",
  "ignored-file": "A file that looks like a part of the list, but isn't read.",
  "folder-named-yaml": "A folder whose name ends in .yaml.",
  link: "A symbolic link, or a git repository of its own, where a file or a folder of the list should be.",
  "file-too-large": "A file above 1 MiB.",
  "too-large": "More values than a file, or more values or bytes than a list may have.",
  "invalid-utf8": "A file that isn't UTF-8.",
  "byte-order-mark": "A file that starts with a byte order mark.",
  "empty-file": "A file without data.",
  "no-list": "A repository without any definition.",
  // YAML
  "yaml-syntax": "Text that isn't YAML.",
  "merge-conflict": "A file with git's conflict markers.",
  "tab-indent": "A tab in an indentation.",
  "several-documents": "More than one YAML document in a file.",
  "merge-key": "A merge key, <<, that isn't read alike everywhere, or merges no mapping.",
  "ambiguous-value": "A value or key without quotes that Pulumi or Helm reads differently.",
  "duplicate-key": "A key that is defined twice in one mapping.",
  "alias-bomb": "More than 1000 aliases in a file, or one that contains itself.",
  "reserved-name":
    "A name or text that JavaScript or Pulumi keeps for itself, or that can't be a name.",
  // Shape
  "unknown-key": "A key that isn't known.",
  "missing-key": "A required key that is missing.",
  "invalid-type": "A value of the wrong type, such as an unquoted 1.10, which is a number.",
  "invalid-value": "A value that its key doesn't accept.",
  "empty-value": "An empty text.",
  "key-without-effect": "A key that is known, but has no effect here.",
  "not-a-sequence": "A list file that isn't a sequence of definitions.",
  "empty-list": "A list file with no definition.",
  // Definitions
  "invalid-github": "A name of a repository, organization or user that GitHub refuses.",
  "invalid-docker": "An image repository's name that registries refuse, or that has a host.",
  "invalid-provider": "A provider other than cloudformation.",
  "invalid-release": "A release that isn't vMAJOR.MINOR.PATCH with an optional suffix.",
  "invalid-range": "A text that isn't a semver range.",
  "range-differs-elsewhere": "A range that Helm, Flux and Kargo read otherwise.",
  "invalid-name":
    "A service's name that Kubernetes or CloudFormation refuses, or with characters that names can't have.",
  "invalid-namespace": "A Kubernetes namespace that isn't a DNS label.",
  "invalid-chart": "A chart that Helm couldn't find by this name and repository.",
  "invalid-chart-version":
    "A chart version that isn't exact, or not the one of the chart's own folder.",
  "chart-refuses-values": "Values that the schema of a chart in this repository refuses.",
  "invalid-digest": "A digest that isn't sha256: and 64 hex digits.",
  "invalid-value-path": "An imageValues path that isn't keys joined by dots.",
  "invalid-tag-pattern": "A tag pattern without {version}.",
  "invalid-template": "A template file outside of its folder.",
  "missing-strategy": "A deploy without release, branch, range or suspend.",
  "several-strategies": "A deploy with more than one strategy.",
  "preview-not-possible": "A preview of a service that can't have one.",
  "missing-docker": "A definition with neither docker nor provider nor assets.",
  "values-set-image": "Helm values that set the image, which the pin decides.",
  // The list as a whole
  "duplicate-name": "Two definitions of one name.",
  "shared-image-repository": "Two services with one image repository.",
  "shared-helm-release": "Two services that would be one Helm release.",
  "name-too-long": "A Helm release name above 53 characters, that of a preview included.",
  "unknown-requirement": "A requirement on a service that isn't in the list.",
  "circular-requirement": "Requirements that form a cycle.",
  // The promotion path
  "unknown-environment": "An environment that isn't in environments.yaml.",
  "stack-named-like-environment": "A stack with the name of another environment.",
  "circular-path": "Environments whose from forms a cycle.",
  "enters-without-from": "Services that may enter an environment which begins the promotion path.",
  "soak-without-from": "A soak time without an environment to soak in.",
  "checks-without-from": "Checks without an environment in which they would have run.",
  "invalid-duration": "A length of time without a unit.",
  "invalid-date": "A text that isn't a date.",
  "empty-freeze": "A freeze that ends before it starts.",
  "invalid-path": "A file that can't be one of this repository.",
  "invalid-identity": "A signer that anybody, or nobody, could be.",
  // Stack configs
  "plain-secret": "A secret in plain text, or what looks like one.",
  "project-config": "A setting of Pulumi.yaml that stack configs must have themselves.",
  "encrypted-value": "An encrypted value where reviewers must read it.",
  "default-providers": "A stack in which Pulumi's default providers are on.",
  "invalid-account": "An account that isn't 12 digits in quotes.",
  "invalid-region": "A text that isn't an AWS region.",
  "invalid-prefix": "A repository prefix that doesn't end in a slash.",
  "invalid-mutable-tag": "A mutable tag pattern that ECR refuses.",
  "invalid-host": "A text that isn't a registry host.",
  "invalid-role": "A text that isn't the ARN of an IAM role.",
  "invalid-webhook-url":
    "A webhook address that GitHub refuses: not https, with credentials, or not on the public Internet.",
  "invalid-domain": "A domain of previews, or the host of one, that isn't a name of DNS.",
  "preview-not-accepted":
    "Previews in an environment that doesn't accept them, isn't the first to, or requires signatures.",
  "invalid-bucket": "A bucket's name that S3 refuses.",
  "invalid-parameter":
    "A template parameter whose name or value CloudFormation refuses, or more than 200 of them.",
  "invalid-tag": "A tag that AWS refuses, or more than 50 of them.",
  "invalid-pin": "A pin that is neither a release, a commit nor an image's own tag.",
  "commit-without-digest": "A commit pinned without its digest.",
  "unknown-service": "A service of a stack config, or of releases.yaml, that isn't in the list.",
  "pin-without-effect": "A pin, chart, hold or values of a service that the stack doesn't run.",
  "outside-range": "A pin that isn't in the range that its definition follows.",
  "tag-too-long": "A version whose image tag has more than a registry's 128 characters.",
  "text-order": "Pre-releases of one service that count in texts, such as rc9 and rc10.",
  "missing-pin": "A service without a release, which needs a pin.",
  "not-accepted": "A version of a kind that the environment doesn't accept.",
  "prerelease-not-accepted": "A pre-release where the environment accepts releases only.",
  "digest-required": "A pin without a digest where the environment requires one.",
  "requirement-not-met":
    "A service whose requirement doesn't run in the environment, or not in the range.",
  "unowned-service": "A service of a sharded environment that none of its stacks selects.",
  "hold-without-pin": "A hold on a service that has no pin to keep.",
  "invalid-chart-pin":
    "A chart version that isn't there, or for a service whose chart can't have one of its own.",
  "unpinned-chart":
    "Services on the default chart of a package, which an upgrade of it may change.",
  "missing-webhook-secret": "A webhook without a secret.",
  "registry-role": "A registry key of another role.",
  "registry-assume":
    "A role to assume for a registry that isn't ECR, or that is in another partition of AWS.",
  "shared-owner": "A shared registry whose owner isn't a stack with a registry of its own.",
  "shared-elsewhere": "A shared registry in another account, region or prefix than its owner's.",
  "shared-repository":
    "A service whose image repository the owner of the registry doesn't declare.",
  "replica-is-source": "A registry that would replicate to itself.",
  "replication-crosses-partition":
    "A replica in another partition of AWS, such as China: ECR replicates within one.",
  "duplicate-replica": "A replica that is defined twice.",
  "too-many-replicas": "More replicas than ECR allows.",
  "too-many-filters": "More replication filters than ECR allows.",
  "filter-catches-neighbour": "A replication filter that catches another repository of the list.",
  "replication-without-prefix": "Replication by whole names, which ECR matches as prefixes.",
  "registry-policy-too-long": "A registry policy above ECR's limit.",
  "push-rule-limit": "A rule for pushed images above EventBridge's limits.",
  "too-many-mutable-tags": "More mutable tag patterns than ECR allows.",
  "mutable-tag-without-digest": "A tag that may move, without the digest of what it names today.",
  "mutable-release-tag": "A mutable tag pattern that matches release tags.",
  "repository-name-length":
    "An image's name outside of the 255 characters of every registry, or of the 2 at least of ECR.",
  "shared-cloudformation-stack": "Two services that would be one CloudFormation stack.",
  "parameter-taken": "A template parameter that the version of a service sets.",
  uneditable: "A part of a stack config that can't be edited without changing more than that.",
  unverified:
    "What is pinned, without recorded evidence that it is signed as its environment demands.",
  "trust-root": "A trust root or a public key that is missing, or can't be used.",
  "old-trust-root": "A trust root none of whose authorities signs any more.",
  // What a service's repository publishes
  "no-publication": "A service's repository without releases.yaml.",
  "publication-differs": "A part of releases.yaml that isn't what the release list says.",
  "unpublished-service": "A service that releases.yaml of its repository lacks.",
  "not-publishable": "A service that the release list gives no place to publish to.",
  "missing-chart": "A folder that hasn't the chart which releases.yaml names.",
  "release-workflow":
    "A release workflow that is missing, or does other things than releases.yaml publishes.",
  "fixed-branch-tag": "A tag that follows a branch, and isn't among the mutable tags.",
  // Stacks together
  "two-replication-owners": "One registry's replication in two stacks.",
  "two-policy-owners": "One registry's policy in two stacks.",
  "two-push-queues": "One queue of pushed images in two stacks.",
  "repository-declared-twice": "One ECR repository in two stacks.",
  "shared-webhook": "One webhook in two stacks.",
  "shared-preview-host": "The previews of one service in two stacks, at the same hosts.",
} as const;

/** The stable code of a finding. */
export type IssueCode = keyof typeof ISSUE_CODES;
