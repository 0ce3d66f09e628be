import * as grpc from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { FORCED_REPLACEMENTS } from "./forced-replacements";
import { changedPaths, plain, Refusal, withoutSecrets, type Kind, type StandIn } from "./stand-in";
import type { Scope, Properties, World } from "./world";

/**
 * Makes a change of the world, at once or with a pause: begins it, and then does what that returned. Returns the
 * result.
 */
export type Turn = <Result>(begin: () => () => Result) => Promise<Result>;

/** A provider's server for Pulumi's engine (gRPC), on a port of the loopback. */
export class ProviderServer {
  readonly port: number;
  readonly #server: grpc.Server;

  private constructor(port: number, server: grpc.Server) {
    this.port = port;
    this.#server = server;
  }

  /** @param turn makes every change of the world */
  static async start(standIn: StandIn, world: World, turn: Turn): Promise<ProviderServer> {
    const server = new grpc.Server({ "grpc.max_receive_message_length": MAX_MESSAGE_BYTES });
    server.addService(ResourceProviderService, implementation(standIn, world, turn));
    const port = await new Promise<number>((resolve, reject) => {
      const insecure = grpc.ServerCredentials.createInsecure();
      server.bindAsync("127.0.0.1:0", insecure, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    return new ProviderServer(port, server);
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

/** The engine's own limit. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

function implementation(
  standIn: StandIn,
  world: World,
  turn: Turn,
): grpc.UntypedServiceImplementation {
  let scope: Scope = {};
  const kindOf = (urn: string): Kind => {
    const type = typeOf(urn);
    const kind = standIn.kinds[type];
    if (kind !== undefined) return kind;
    throw new Refusal(`the sandbox's ${standIn.name} has no type ${type}`);
  };
  const changing = <Request, Response>(begin: (request: Request) => () => Response) =>
    answer((request: Request) => turn(() => begin(request)));
  return {
    attach: answer(() => new Empty()),
    cancel: answer(() => new Empty()),
    getPluginInfo: answer(() => {
      const info = new plugin.PluginInfo();
      info.setVersion("0.0.0");
      return info;
    }),
    getSchema: answer(() => {
      const response = new proto.GetSchemaResponse();
      response.setSchema("{}");
      return response;
    }),
    checkConfig: answer((request: proto.CheckRequest) => {
      const response = new proto.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: answer(() => new proto.DiffResponse()),
    configure: answer((request: proto.ConfigureRequest) => {
      scope = standIn.configure(plain(toProperties(request.getArgs())));
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setAcceptresources(true);
      response.setAcceptoutputs(true);
      return response;
    }),
    check: answer((request: proto.CheckRequest) => {
      const kind = kindOf(request.getUrn());
      const response = new proto.CheckResponse();
      const news = toProperties(request.getNews());
      response.setInputs(toStruct(kind.checked?.(news) ?? news));
      response.setFailuresList(
        (kind.check?.(plain(news)) ?? []).map((reason) => {
          const failure = new proto.CheckFailure();
          failure.setReason(reason);
          return failure;
        }),
      );
      return response;
    }),
    diff: answer((request: proto.DiffRequest) => {
      const type = typeOf(request.getUrn());
      const forced = FORCED_REPLACEMENTS[type];
      if (forced === undefined)
        throw new Error(`test/fixtures/forced-replacements.json has no ${type}`);
      const outputs = plain(toProperties(request.getOlds()));
      const inputs = plain(toProperties(request.getOldInputs() ?? request.getOlds()));
      const news = plain(toProperties(request.getNews()));
      const kind = kindOf(request.getUrn());
      const paths = kind.diff?.({ inputs, outputs }, news) ?? changedPaths(inputs, news);
      const response = new proto.DiffResponse();
      response.setChanges(
        paths.length > 0
          ? proto.DiffResponse.DiffChanges.DIFF_SOME
          : proto.DiffResponse.DiffChanges.DIFF_NONE,
      );
      response.setDiffsList([...new Set(paths.map(topOf))]);
      response.setHasdetaileddiff(paths.length > 0);
      for (const path of paths) {
        const { UPDATE, UPDATE_REPLACE } = proto.PropertyDiff.Kind;
        const difference = new proto.PropertyDiff();
        difference.setKind(forced.inputs.includes(topOf(path)) ? UPDATE_REPLACE : UPDATE);
        response.getDetaileddiffMap().set(path, difference);
      }
      response.setReplacesList(paths.map(topOf).filter((name) => forced.inputs.includes(name)));
      response.setDeletebeforereplace(forced.deleteBeforeReplace ?? false);
      return response;
    }),
    create: changing((request: proto.CreateRequest) => {
      const kind = kindOf(request.getUrn());
      const properties = toProperties(request.getProperties());
      const inputs = plain(properties);
      const key = kind.key(inputs, scope);
      if (kind.taken !== undefined && world.get(key) !== undefined) {
        throw new Refusal(`${kind.taken}: ${key}`);
      }
      const id = kind.id(inputs, scope);
      const identity = { type: typeOf(request.getUrn()), id, scope };
      const change = { inputs, scope, world, key, identity };
      kind.before?.("create", change);
      return () => {
        const shown = kind.shown && { shown: kind.shown(inputs) };
        if (kind.make) kind.make("create", change);
        else world.put({ key, identity, properties: withoutSecrets(properties), ...shown });
        const outputs = kind.outputs?.(inputs, scope, world.get(key));
        const response = new proto.CreateResponse();
        response.setId(id);
        response.setProperties(toStruct({ ...properties, ...outputs }));
        return response;
      };
    }),
    read: answer((request: proto.ReadRequest) => {
      const kind = kindOf(request.getUrn());
      if (kind.isSilent?.(scope, world)) return new Promise<proto.ReadResponse>(() => undefined);
      const outputs = toProperties(request.getProperties());
      const identity = { type: typeOf(request.getUrn()), id: request.getId(), scope };
      // An import gives the id alone.
      const imports = Object.keys(outputs).length === 0;
      const found = imports
        ? world.find(identity)
        : (world.get(kind.key(plain(outputs), scope)) ?? world.find(identity));
      const response = new proto.ReadResponse();
      // No id: the thing no longer exists.
      if (found === undefined) return response;
      response.setId(request.getId());
      const asked = { inputs: toProperties(request.getInputs()), outputs };
      const read = kind.read?.(found, asked, scope);
      const inputs = read?.inputs ?? {
        ...asked.inputs,
        ...found.properties,
        ...(imports && found.shown),
      };
      response.setInputs(toStruct(inputs));
      const now = read?.outputs ?? {
        ...outputs,
        ...inputs,
        ...kind.outputs?.(plain(inputs), scope, found),
      };
      response.setProperties(toStruct(now));
      return response;
    }),
    update: changing((request: proto.UpdateRequest) => {
      const kind = kindOf(request.getUrn());
      const properties = toProperties(request.getNews());
      const inputs = plain(properties);
      const key = kind.key(inputs, scope);
      const identity = { type: typeOf(request.getUrn()), id: request.getId(), scope };
      const before = kind.key(plain(toProperties(request.getOlds())), scope);
      const old = world.get(before) ?? world.find(identity);
      if (key !== before && kind.taken !== undefined && world.get(key) !== undefined) {
        throw new Refusal(`${kind.taken}: ${key}`);
      }
      const change = { inputs, scope, world, key, identity };
      kind.before?.("update", change);
      return () => {
        const failed = kind.takenBack?.(change);
        if (failed !== undefined) {
          const news = toStruct({ ...properties, ...failed.outputs });
          throw new TakenBack(request.getId(), news, failed.reason);
        }
        if (kind.make) kind.make("update", change);
        else {
          const shown = kind.shown && { shown: kind.shown(inputs) };
          world.put({ ...old, key, properties: withoutSecrets(properties), ...shown });
          if (old !== undefined && old.key !== key) world.remove(old.key);
        }
        const response = new proto.UpdateResponse();
        const outputs = kind.outputs?.(inputs, scope, world.get(key));
        response.setProperties(toStruct({ ...properties, ...outputs }));
        return response;
      };
    }),
    delete: changing((request: proto.DeleteRequest) => {
      const kind = kindOf(request.getUrn());
      const inputs = plain(toProperties(request.getProperties()));
      const key = kind.key(inputs, scope);
      const identity = { type: typeOf(request.getUrn()), id: request.getId(), scope };
      const change = { inputs, scope, world, key, identity };
      kind.before?.("delete", change);
      return () => {
        world.remove((world.get(key) ?? world.find(identity))?.key ?? key);
        return new Empty();
      };
    }),
  };
}

/** Returns the outermost property of a path. */
function topOf(path: string): string {
  return /^[^.[]*/.exec(path)?.[0] ?? path;
}

/** An update that failed and was rolled back. The engine keeps its new properties all the same. */
class TakenBack extends Error {
  readonly id: string;
  readonly properties: Struct;

  constructor(id: string, properties: Struct, reason: string) {
    super(reason);
    this.id = id;
    this.properties = properties;
  }

  /** Returns the error's details for the engine, which gRPC sends as metadata. */
  metadata(): grpc.Metadata {
    const detail = new proto.ErrorResourceInitFailed();
    detail.setId(this.id);
    // Without inputs: the state keeps the old ones (fact 98).
    detail.setProperties(this.properties);
    detail.setReasonsList([this.message]);
    const any = new Any();
    any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(this.message);
    status.addDetails(any);
    const metadata = new grpc.Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
    return metadata;
  }
}

/** Returns a handler of one kind of request. Refusals, and bugs with their traces, are errors of the call. */
function answer<Request, Response>(
  act: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  const respond = async (request: Request): Promise<Response> => act(request);
  return (call, callback) => {
    respond(call.request).then(
      (response) => callback(null, response),
      (cause: unknown) => callback(failure(cause)),
    );
  };
}

function failure(cause: unknown): Partial<grpc.StatusObject> {
  const code = grpc.status.UNKNOWN;
  if (cause instanceof TakenBack) {
    return { code, details: cause.message, metadata: cause.metadata() };
  }
  const details = cause instanceof Refusal ? cause.message : (cause as Error).stack;
  return { code, details: details ?? String(cause) };
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function toProperties(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
}
