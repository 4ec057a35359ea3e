/** A connection that can be replaced while it is in use: the next call goes through the new one. */
export interface Replaceable<T> {
  readonly port: T;
  readonly replace: (next: T) => void;
}

export function replaceable<T extends object>(first: T): Replaceable<T> {
  let current = first;
  const port = new Proxy(first, {
    get(_, name) {
      const member: unknown = Reflect.get(current, name, current);
      return typeof member === "function" ? (member.bind(current) as unknown) : member;
    },
  });
  return { port, replace: (next) => void (current = next) };
}
