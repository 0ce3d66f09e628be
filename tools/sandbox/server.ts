import * as grpc from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { FORCED_REPLACEMENTS } from "./forced-replacements";
import { changedInputs, plain, Refusal, withoutSecrets, type Kind, type StandIn } from "./stand-in";
import type { Identity, Scope, Properties, World } from "./world";

/** Makes a change of the world, at once or after a pause. Returns its result. */
export type Turn = <Result>(change: () => Result) => Promise<Result>;

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
  const changing = <Request, Response>(act: (request: Request) => Response) =>
    answer((request: Request) => turn(() => act(request)));
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
      const response = new proto.CheckResponse();
      response.setInputs(request.getNews());
      const inputs = plain(toProperties(request.getNews()));
      const found = kindOf(request.getUrn()).check?.(inputs) ?? [];
      response.setFailuresList(
        found.map((reason) => {
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
      const olds = toProperties(request.getOldInputs() ?? request.getOlds());
      const changed = changedInputs(olds, toProperties(request.getNews()));
      const response = new proto.DiffResponse();
      response.setChanges(
        changed.length > 0
          ? proto.DiffResponse.DiffChanges.DIFF_SOME
          : proto.DiffResponse.DiffChanges.DIFF_NONE,
      );
      response.setDiffsList(changed);
      response.setReplacesList(changed.filter((name) => forced.inputs.includes(name)));
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
      kind.before?.("create", { inputs, scope, world, key });
      const id = kind.id(inputs, scope);
      const identity: Identity = { type: typeOf(request.getUrn()), id, scope };
      world.put({
        key,
        identity,
        properties: withoutSecrets(properties),
        ...(kind.shown && { shown: kind.shown(inputs) }),
      });
      const response = new proto.CreateResponse();
      response.setId(id);
      response.setProperties(toStruct({ ...properties, ...kind.outputs?.(inputs, scope) }));
      return response;
    }),
    read: answer((request: proto.ReadRequest) => {
      const kind = kindOf(request.getUrn());
      const properties = toProperties(request.getProperties());
      // An import gives the id alone.
      const imports = Object.keys(properties).length === 0;
      const found = imports
        ? world.find({ type: typeOf(request.getUrn()), id: request.getId(), scope })
        : world.get(kind.key(plain(properties), scope));
      const response = new proto.ReadResponse();
      // No id: the thing no longer exists.
      if (found === undefined) return response;
      response.setId(request.getId());
      const inputs = {
        ...toProperties(request.getInputs()),
        ...found.properties,
        ...(imports && found.shown),
      };
      response.setInputs(toStruct(inputs));
      const outputs = kind.outputs?.(plain(inputs), scope);
      response.setProperties(toStruct({ ...properties, ...inputs, ...outputs }));
      return response;
    }),
    update: changing((request: proto.UpdateRequest) => {
      const kind = kindOf(request.getUrn());
      const properties = toProperties(request.getNews());
      const inputs = plain(properties);
      const key = kind.key(inputs, scope);
      const old = kind.key(plain(toProperties(request.getOlds())), scope);
      if (key !== old && kind.taken !== undefined && world.get(key) !== undefined) {
        throw new Refusal(`${kind.taken}: ${key}`);
      }
      const change = { inputs, scope, world, key };
      kind.before?.("update", change);
      const news = toStruct({ ...properties, ...kind.outputs?.(inputs, scope) });
      const reason = kind.takenBack?.(change);
      if (reason !== undefined) throw new TakenBack(request.getId(), news, reason);
      world.put({ ...world.get(old), key, properties: withoutSecrets(properties) });
      if (key !== old) world.remove(old);
      const response = new proto.UpdateResponse();
      response.setProperties(news);
      return response;
    }),
    delete: changing((request: proto.DeleteRequest) => {
      const kind = kindOf(request.getUrn());
      const inputs = plain(toProperties(request.getProperties()));
      const key = kind.key(inputs, scope);
      kind.before?.("delete", { inputs, scope, world, key });
      world.remove(key);
      return new Empty();
    }),
  };
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
    detail.setProperties(this.properties);
    detail.setInputs(this.properties);
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
