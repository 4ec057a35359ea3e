/** A connection that follows its settings: once they are others, the next call goes through a new one. */
export function following<S, T extends object>(settings: () => S, open: (settings: S) => T): T {
  let known = settings();
  let current = open(known);
  return new Proxy(current, {
    get(_, name) {
      const now = settings();
      if (now !== known) [known, current] = [now, open(now)];
      const member: unknown = Reflect.get(current, name, current);
      return typeof member === "function" ? (member.bind(current) as unknown) : member;
    },
  });
}
