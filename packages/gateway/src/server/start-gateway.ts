import type { Logger } from "pino";
import type { ComputeResource } from "scarf-tomo";
import { checkConfiguration, checkConfigurationInput } from "../configuration/gateway-configuration.js";
import type { GatewayConfigurationInput } from "../configuration/gateway-schema.js";
import { lockState } from "../state/state-lock.js";
import { openLogs } from "./gateway-log.js";
import { listen, type Listener, type ServeRequest } from "./listener.js";
import { listenForOperations, openOperations } from "./open-operations.js";
import { closeResources, makeResources } from "./offered-resources.js";
import { openFaces } from "./open-face.js";
import { openState } from "./open-state.js";
import { servePac } from "./pac-route.js";

/** What a program that starts a gateway can give it besides its configuration. */
export interface StartGatewayOptions {
  /** Where log lines go. @defaultValue standard error, or the configuration's `log.file` */
  readonly logger?: Logger;
  /** Resources at hand, instead of those of the configuration. The first is the default one unless the configuration names another. */
  readonly resources?: readonly ComputeResource[];
}

/** A gateway that is listening. */
export interface Gateway {
  /** Where it listens, with a slash at its end: `http://127.0.0.1:8080/`. */
  readonly url: string;
  /** Base address for clients of the default resource: `http://127.0.0.1:8080/platform/`. */
  readonly pacUrl: string;
  /** Where `/healthz` and `/metrics` are, as far as this machine may ask. */
  readonly operationsUrl: string | undefined;
  /** What `SIGHUP` asks for: looks at the files of the certificate now, and opens the log files anew, which may have been renamed. */
  reload(): Promise<void>;
  /** Stops listening, waits for requests under way (for `shutdownSeconds`) and closes. */
  close(): Promise<void>;
}

/**
 * Starts a gateway; resolves when it listens.
 * @param configuration - Path of a configuration file, or the same as an object.
 * @throws {ConfigError} `CONFIG_INVALID`: the configuration is wrong, the address is in use, or another gateway has the state directory.
 */
export async function startGateway(
  configuration: string | GatewayConfigurationInput,
  options: StartGatewayOptions = {},
): Promise<Gateway> {
  const { resources: given } = options;
  const settings =
    typeof configuration === "string"
      ? await checkConfiguration(configuration)
      : await checkConfigurationInput(configuration, { resourcesGiven: given !== undefined });
  const logs = openLogs(settings, options.logger);
  const { log } = logs;
  const unlock = await lockState(settings.stateDirectory);
  // What is opened later is closed earlier.
  const closing: (() => Promise<void> | void)[] = [() => logs.flush(), unlock];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).toReversed()) await step();
  };
  try {
    const resources = given ?? makeResources(settings);
    if (given === undefined) closing.push(() => closeResources(resources));
    const state = await openState(settings, logs);
    closing.push(() => state.close());
    const face = await openFaces(settings, resources, state, logs);
    let listener: Listener | undefined;
    const operations = openOperations({
      settings,
      resources,
      state,
      metrics: logs.metrics,
      listener: () => listener,
    });
    let url = "";
    const pac = {
      face,
      baseUrl: settings.baseUrl,
      ownOrigin: () => url,
      log,
      pace: settings.limits,
    };
    const serve: ServeRequest = (request, reply, shared) =>
      operations.serves(request) ? operations.serve(request, reply) : servePac(request, reply, shared, pac);
    const opened = await listen(settings, serve, logs);
    listener = opened;
    closing.push(() => opened.stop(settings.shutdownSeconds));
    const operationsUrl =
      (await listenForOperations(operations, settings, logs, closing)) ?? operations.urlOn(opened.url);
    url = opened.url;
    log.info({ url, operationsUrl, resources: resources.map(({ id }) => id) }, "listening");
    return {
      url,
      pacUrl: `${url}${settings.contextPath}/`,
      operationsUrl,
      reload: async () => {
        logs.reopen();
        await opened.reload();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
