/** The object with other properties; what is not replaced works on the object itself, private parts included. */
export function override<Target extends object>(target: Target, changes: Partial<Target>): Target {
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
