/**
 * Returns what to do about a Helm release that differs; null where `pulumi refresh` and `pulumi up` are enough.
 * @param property the path of what differs
 * @param found the outputs of the release, with what Helm says of it
 * @param context the cluster's
 */
export function releaseRemedy(property: string, found: Properties, context: string): string | null {
  if (property !== "status.status") return null;
  const { status, name, namespace } = (found["status"] ?? {}) as Properties;
  const release = `${String(name)} --namespace ${String(namespace)} --kube-context ${context}`;
  switch (status) {
    case "pending-install":
      return `Helm was killed at its first install: helm uninstall ${release}, then pulumi refresh and up`;
    case "pending-upgrade":
    case "pending-rollback":
      return (
        `Helm was killed at it: helm rollback to the revision that helm history ${release} shows as deployed, ` +
        "then pulumi refresh and up"
      );
    case "deployed":
      return "its last upgrade failed and was rolled back: pulumi up tries it again";
    case "failed":
      return "its last operation failed: pulumi up with a fix, or with what ran before";
    default:
      return `see helm history ${release}`;
  }
}

type Properties = Readonly<Record<string, unknown>>;
