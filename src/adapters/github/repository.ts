import type { Check } from "../../core/promotion/gate";
import { recordArtifact, type RunningArtifact } from "./artifacts";
import { asking } from "./ask";
import { putBranch, type NewBranch } from "./branches";
import { commentKinds, leaveComment, type CommentChange } from "./comments";
import { checksOn } from "./checks";
import {
  leaveStatus,
  ranSince,
  statusesOf,
  type CommitStatus,
  type NewCommitStatus,
} from "./commit-statuses";
import type { GithubConnection } from "./connection";
import {
  addDeploymentStatus,
  beginDeployment,
  lastDeployed,
  type DeployedStack,
  type DeploymentStatus,
  type NewDeployment,
} from "./deployments";
import { headOf, leadsTo } from "./heads";
import { keepIssue } from "./issues";
import { openPull, openPulls, pushedAt } from "./open-pulls";
import type { OpenPull } from "../../core/resolve/previews";
import {
  closeChange,
  mergeItself,
  openChange,
  type ChangeBranches,
  type OpenChange,
} from "./kept-change";
import {
  approveDeployment,
  pendingDeployment,
  type PendingDeployment,
} from "./pending-deployments";
import {
  approvedBy,
  proposeChange,
  pullRequestOf,
  type CommittedLine,
  type Head,
  type OpenPullRequest,
  type ProposedChange,
} from "./pull-requests";
import {
  answerRule,
  waitingDeployments,
  waitingRun,
  type RuleAnswer,
  type WaitingDeployment,
  type WaitingRun,
} from "./runs";
import { changesFolder } from "./trees";

/**
 * A repository on GitHub, as use cases write to it: comments, issues, pull requests and deployments. Every
 * method throws a ReleasesError of kind `outside` when GitHub can't be reached or refuses.
 */
export interface GithubRepositoryApi {
  /**
   * Leaves one comment of a kind on a pull request or issue: writes it, or edits the one that is there,
   * whoever edited it since. Returns what was done.
   * @param kind told from others by an invisible mark, such as `plan production`
   */
  comment(number: number, kind: string, text: string): Promise<CommentChange>;

  /** Returns the kinds of the comments on a pull request or issue that apps left by `comment`. */
  commentKinds(number: number): Promise<string[]>;

  /**
   * Returns the open pull request of a branch, here or in a fork, whose newest commit is the given one;
   * undefined where there is none any more.
   */
  pullRequestOf(head: Head): Promise<OpenPullRequest | undefined>;

  /**
   * Whether a line of a commit's message was approved by an active member of one of the organization's teams:
   * a merged pull request brought the commit, one of its commits has the line, and the newest review of a
   * member who isn't its author approves what was merged. It takes a token that may read members.
   * @param teams their slugs
   */
  approvedBy(line: CommittedLine, teams: readonly string[]): Promise<boolean>;

  /**
   * Whether a commit has another folder at its top than the commit at which it left a base, so that a merge
   * into the base would change the folder. The commit may be a fork's, if a pull request has it.
   */
  changesFolder(base: string, commit: string, folder: string): Promise<boolean>;

  /**
   * Returns the newest commit of a branch: undefined where there is no such branch, `no repository` where there is none
   * that the token may see. GitHub's answer may be older than the last push.
   */
  headOf(branch: string): Promise<{ readonly commit: string | undefined } | "no repository">;

  /** Whether one commit leads to another one. GitHub may not know a commit that was just pushed: then it does. */
  leadsTo(older: string, newer: string): Promise<boolean>;

  /**
   * Returns the open pull requests, those without a place that they come from left out; `no repository` where there is
   * none that the token may see.
   */
  openPulls(): Promise<OpenPull[] | "no repository">;

  /** Returns a pull request; undefined where it isn't open. */
  openPull(number: number): Promise<OpenPull | undefined>;

  /** Returns when a branch got a commit; undefined where GitHub doesn't tell. */
  pushedAt(branch: string, commit: string): Promise<Date | undefined>;

  /**
   * Makes a branch of one commit, or moves the branch of that name to it. One that has such a commit already, on this or
   * an earlier commit of the branch that it comes from, stays as it is, with its reviews.
   * @returns whether it was made or moved
   */
  putBranch(branch: NewBranch): Promise<boolean>;

  /**
   * Starts a workflow, as a ref has it. GitHub starts none by itself for changes that were made with the
   * token of a workflow.
   * @param file the name of its file in .github/workflows
   */
  startWorkflow(file: string, ref: string): Promise<void>;

  /** Opens a pull request, or edits the open one of the same two branches. Returns its address. */
  proposeChange(change: ProposedChange): Promise<string>;

  /** Returns the open pull request of two branches; undefined where there is none. */
  openChange(branches: ChangeBranches): Promise<OpenChange | undefined>;

  /** Closes a pull request, and removes the branch that it comes from. */
  closeChange(change: Pick<OpenChange, "number">, branch: string): Promise<void>;

  /**
   * Lets GitHub merge a pull request by itself once the rules of its branch are met, in the manner that is the default
   * for the token. Returns why GitHub doesn't.
   */
  mergeItself(change: Pick<OpenChange, "number" | "id">): Promise<string | undefined>;

  /**
   * Keeps one issue of a kind open while something is wrong: opens it, or edits the open one; closes it when
   * `text` is undefined. Returns its number; undefined where none is needed.
   * @param text Markdown
   */
  issue(kind: string, title: string, text: string | undefined): Promise<number | undefined>;

  /**
   * Returns what GitHub says of a commit's checks: check runs of Apps, and commit statuses. Of each App and each
   * creator the newest attempt counts, and a check is green where all of these are: nobody makes one green that
   * somebody else made red.
   * @param names of checks; those that the commit doesn't have are left out
   */
  checksOn(commit: string, names: readonly string[]): Promise<ReadonlyMap<string, Check>>;

  /** Leaves a commit status. The newest one of a context is the one that counts. */
  leaveStatus(commit: string, status: NewCommitStatus): Promise<void>;

  /** Returns the newest commit statuses that Apps left on a commit, GitHub Actions included, by context. */
  statusesOf(commit: string): Promise<ReadonlyMap<string, CommitStatus>>;

  /**
   * Whether a run of a workflow for a commit was started after a time.
   * @param about `workflow`: the name of its file
   */
  ranSince(about: { workflow: string; commit: string; since: Date }): Promise<boolean>;

  /**
   * Returns what waits for a reviewer of the newest run of a workflow at a ref; undefined where none ran there.
   * @param about `workflow`: the name of its file; `ref`: of a branch or a tag
   */
  pendingDeployment(about: {
    workflow: string;
    ref: string;
    environment: string;
  }): Promise<PendingDeployment | undefined>;

  /** Approves a deployment that waits, as the user of the token. */
  approveDeployment(about: { run: number; environment: number; comment: string }): Promise<void>;

  /** Returns the commit of a stack's last successful deployment; undefined where there was none. */
  lastDeployed(stack: DeployedStack): Promise<string | undefined>;

  /** Records that the deployment of a stack begins. Returns the deployment's number. */
  beginDeployment(deployment: NewDeployment): Promise<number>;

  /** Records how a deployment goes. */
  deploymentStatus(id: number, status: DeploymentStatus): Promise<void>;

  /** Returns the run of a workflow, if it waits for a protection rule of an environment; undefined otherwise. */
  waitingRun(run: number, environment: string): Promise<WaitingRun | undefined>;

  /** Returns the deployments of a workflow that wait, by the name of its file in .github/workflows. */
  waitingDeployments(workflow: string): Promise<WaitingDeployment[]>;

  /** Approves a deployment that waits, or reports why it waits on. Only a GitHub App may. */
  answerRule(answer: RuleAnswer): Promise<void>;

  /**
   * Records at the repository's owner, an organization, which digest runs somewhere. A later one of the same place
   * replaces it.
   */
  recordArtifact(artifact: RunningArtifact): Promise<void>;
}

/** A repository on GitHub, by GitHub's REST API. */
export class GithubRepository implements GithubRepositoryApi {
  readonly #connection: GithubConnection;

  constructor(connection: GithubConnection) {
    this.#connection = connection;
  }

  comment(number: number, kind: string, text: string): Promise<CommentChange> {
    return leaveComment(this.#connection, number, kind, text);
  }

  commentKinds(number: number): Promise<string[]> {
    return commentKinds(this.#connection, number);
  }

  changesFolder(base: string, commit: string, folder: string): Promise<boolean> {
    return changesFolder(this.#connection, base, commit, folder);
  }

  pullRequestOf(head: Head): Promise<OpenPullRequest | undefined> {
    return pullRequestOf(this.#connection, head);
  }

  approvedBy(line: CommittedLine, teams: readonly string[]): Promise<boolean> {
    return approvedBy(this.#connection, line, teams);
  }

  headOf(branch: string): Promise<{ readonly commit: string | undefined } | "no repository"> {
    return headOf(this.#connection, branch);
  }

  leadsTo(older: string, newer: string): Promise<boolean> {
    return leadsTo(this.#connection, older, newer);
  }

  openPulls(): Promise<OpenPull[] | "no repository"> {
    return openPulls(this.#connection);
  }

  openPull(number: number): Promise<OpenPull | undefined> {
    return openPull(this.#connection, number);
  }

  pushedAt(branch: string, commit: string): Promise<Date | undefined> {
    return pushedAt(this.#connection, branch, commit);
  }

  putBranch(branch: NewBranch): Promise<boolean> {
    return putBranch(this.#connection, branch);
  }

  async startWorkflow(file: string, ref: string): Promise<void> {
    const { octokit, at } = this.#connection;
    await asking(`to start ${file}`, () =>
      octokit.request("POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", {
        ...at,
        workflow_id: file,
        ref,
      }),
    );
  }

  proposeChange(change: ProposedChange): Promise<string> {
    return proposeChange(this.#connection, change);
  }

  openChange(branches: ChangeBranches): Promise<OpenChange | undefined> {
    return openChange(this.#connection, branches);
  }

  closeChange(change: Pick<OpenChange, "number">, branch: string): Promise<void> {
    return closeChange(this.#connection, change, branch);
  }

  mergeItself(change: Pick<OpenChange, "number" | "id">): Promise<string | undefined> {
    return mergeItself(this.#connection, change);
  }

  issue(kind: string, title: string, text: string | undefined): Promise<number | undefined> {
    return keepIssue(this.#connection, kind, title, text);
  }

  checksOn(commit: string, names: readonly string[]): Promise<ReadonlyMap<string, Check>> {
    return checksOn(this.#connection, commit, names);
  }

  leaveStatus(commit: string, status: NewCommitStatus): Promise<void> {
    return leaveStatus(this.#connection, commit, status);
  }

  statusesOf(commit: string): Promise<ReadonlyMap<string, CommitStatus>> {
    return statusesOf(this.#connection, commit);
  }

  ranSince(about: { workflow: string; commit: string; since: Date }): Promise<boolean> {
    return ranSince(this.#connection, about);
  }

  pendingDeployment(about: {
    workflow: string;
    ref: string;
    environment: string;
  }): Promise<PendingDeployment | undefined> {
    return pendingDeployment(this.#connection, about);
  }

  approveDeployment(about: { run: number; environment: number; comment: string }): Promise<void> {
    return approveDeployment(this.#connection, about);
  }

  lastDeployed(stack: DeployedStack): Promise<string | undefined> {
    return lastDeployed(this.#connection, stack);
  }

  beginDeployment(deployment: NewDeployment): Promise<number> {
    return beginDeployment(this.#connection, deployment);
  }

  deploymentStatus(id: number, status: DeploymentStatus): Promise<void> {
    return addDeploymentStatus(this.#connection, id, status);
  }

  recordArtifact(artifact: RunningArtifact): Promise<void> {
    return recordArtifact(this.#connection, artifact);
  }

  waitingRun(run: number, environment: string): Promise<WaitingRun | undefined> {
    return waitingRun(this.#connection, run, environment);
  }

  waitingDeployments(workflow: string): Promise<WaitingDeployment[]> {
    return waitingDeployments(this.#connection, workflow);
  }

  answerRule(answer: RuleAnswer): Promise<void> {
    return answerRule(this.#connection, answer);
  }
}
