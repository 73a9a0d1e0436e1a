import type { ComputeResource, Session } from "scarf-tomo";

/** A real resource of which some parts are replaced: for failures that it does not have by itself. */
export function alterResource(
  resource: ComputeResource,
  changes: Partial<Pick<ComputeResource, "capabilities" | "ping">>,
  alterSession: (session: Session) => Partial<Session>,
): ComputeResource {
  const alter = (session: Session): Session => override(session, alterSession(session));
  return override(resource, {
    ...changes,
    logIn: async (...args) => alter(await resource.logIn(...args)),
    resume: (saved) => alter(resource.resume(saved)),
  });
}

/** The object with other properties; what is not replaced works on the object itself, private parts included. */
function override<Target extends object>(target: Target, changes: Partial<Target>): Target {
  return new Proxy(target, {
    get(original, name) {
      const source = Object.hasOwn(changes, name) ? changes : original;
      const value: unknown = Reflect.get(source, name, source);
      return typeof value === "function"
        ? (...args: readonly unknown[]): unknown => Reflect.apply(value, source, args)
        : value;
    },
  });
}
