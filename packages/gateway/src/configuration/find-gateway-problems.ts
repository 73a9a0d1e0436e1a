import { type ConfigurationProblem, isLoopback } from "scarf-tomo";
import { type GatewayConfigurationValues, listenPattern } from "./gateway-schema.js";

/** First components of paths that mean something else. */
const reservedIds = new Set(["webservice", "ws", "cgi-bin", "api"]);

/** Mistakes that no single key shows. */
export function findGatewayProblems(values: GatewayConfigurationValues): readonly ConfigurationProblem[] {
  return [...findListenProblems(values), ...findResourceProblems(values), ...findUserProblems(values)];
}

function findListenProblems({
  listen,
  tls,
  insecure,
}: GatewayConfigurationValues): readonly ConfigurationProblem[] {
  const [, ipv6, name, port] = listenPattern.exec(listen) ?? [];
  if (Number(port) > 65_535) {
    return [{ path: ["listen"], message: `expected a port up to 65535, found ${port}` }];
  }
  if (tls !== undefined || insecure || isLoopback(ipv6 ?? name ?? "")) return [];
  const message =
    `expected a loopback address (127.0.0.1, ::1 or localhost) as long as there is no [tls], found "${listen}": passwords would ` +
    "cross the network in clear text. Set up [tls], or say insecure = true if another program in front of this one does it";
  return [{ path: ["listen"], message }];
}

function findResourceProblems({
  resources,
  defaultResource,
  contextPath,
  mantidWeb,
}: GatewayConfigurationValues): readonly ConfigurationProblem[] {
  const ids = Object.keys(resources);
  if (ids.length === 0) {
    const message = 'expected a resource to offer, such as [resources.local] with kind = "local", found none';
    return [{ path: ["resources"], message }];
  }
  const problems: ConfigurationProblem[] = [];
  if (mantidWeb.path === contextPath || reservedIds.has(mantidWeb.path)) {
    const message = `expected another word than "${mantidWeb.path}": it has a meaning of its own in addresses`;
    problems.push({ path: ["mantidWeb", "path"], message });
  }
  for (const id of ids) {
    if (id !== contextPath && id !== mantidWeb.path && !reservedIds.has(id)) continue;
    const message = `expected another name than "${id}": it has a meaning of its own in addresses`;
    problems.push({ path: ["resources", id], message });
  }
  if (defaultResource === undefined && ids.length > 1) {
    const message = `expected defaultResource to be one of ${ids.join(", ")}, found nothing`;
    problems.push({ path: ["defaultResource"], message });
  }
  if (defaultResource !== undefined && !ids.includes(defaultResource)) {
    const message = `expected defaultResource to be one of ${ids.join(", ")}, found "${defaultResource}"`;
    problems.push({ path: ["defaultResource"], message });
  }
  return problems;
}

/** A log-in that nobody checks, or one that the resource would refuse. */
function findUserProblems({
  users,
  resources,
  tls,
}: GatewayConfigurationValues): readonly ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  if (users.authentication === "resource") {
    // A resource with accounts of its own opens none without a password.
    const message = (what: string): string =>
      `expected ${what} only with users.authentication = "gateway", found "resource"`;
    if (users.oauth2 !== undefined)
      problems.push({ path: ["users", "oauth2"], message: message("users.oauth2") });
    if (tls?.clientCa !== undefined)
      problems.push({ path: ["tls", "clientCa"], message: message("tls.clientCa") });
  }
  return [...problems, ...findAuthenticationProblems({ users, resources })];
}

function ownProof(definition: {
  readonly certFile?: string | undefined;
  readonly tokenFile?: string | undefined;
}): "certFile" | "tokenFile" | undefined {
  if (definition.certFile !== undefined) return "certFile";
  return definition.tokenFile === undefined ? undefined : "tokenFile";
}

function findAuthenticationProblems({
  users,
  resources,
}: Pick<GatewayConfigurationValues, "users" | "resources">): readonly ConfigurationProblem[] {
  return Object.entries(resources).flatMap(([id, definition]) => {
    const { kind } = definition;
    // Whoever logs in, with whatever password, would act there as the owner of the one certificate or token.
    const own = kind === "pac" ? ownProof(definition) : undefined;
    if (own !== undefined) {
      const message = `expected a log-in with each user's own password, found ${own}: it would be everybody's`;
      return [{ path: ["resources", id, own], message }];
    }
    if (users.authentication === "resource" && kind === "local") {
      const message = `expected "gateway", because the resource ${id} (kind local) checks no passwords, found "resource"`;
      return [{ path: ["users", "authentication"], message }];
    }
    if (users.authentication === "gateway" && kind !== "local") {
      const message = `expected "resource", because the resource ${id} (kind ${kind}) needs each user's own password, found "gateway"`;
      return [{ path: ["users", "authentication"], message }];
    }
    return [];
  });
}
