/** Which addresses are somebody else's on the internet, and not this machine, its network, or its cloud's own services. */
import { BlockList, isIP } from "node:net";

/** IANA's registries of special-purpose addresses. */
const SPECIAL_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
];
/** All that is in use among others lies in 2000::/3, but for these: tunnels that hide another address, and examples. */
const SPECIAL_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const list = (subnets: readonly string[], family: "ipv4" | "ipv6"): BlockList => {
  const blocked = new BlockList();
  for (const subnet of subnets) {
    const [net = "", bits] = subnet.split("/");
    blocked.addSubnet(net, Number(bits), family);
  }
  return blocked;
};
const special = list(SPECIAL_V4, "ipv4");
const specialV6 = list(SPECIAL_V6, "ipv6");
const global = list(["2000::/3"], "ipv6");
/** Stand for an address of IPv4: mapped, and by NAT64, which is how a network of IPv6 alone reaches everybody. */
const standIns = list(["::ffff:0:0/96", "64:ff9b::/96"], "ipv6");

/** `address`: as the resolver or a URL spells it. */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, "ipv4");
    case 6:
      if (standIns.check(address, "ipv6")) return isPublic(last32Bits(address));
      return global.check(address, "ipv6") && !specialV6.check(address, "ipv6");
    default:
      return false;
  }
}

function last32Bits(address: string): string {
  const dotted = /\d+\.\d+\.\d+\.\d+$/.exec(address)?.[0];
  if (dotted !== undefined) return dotted;
  // As a URL spells it: the shortest form, in hexadecimal.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(":");
  const [high = "", low = ""] = groups.slice(-2);
  const bits = [high, low].map((group) => Number.parseInt(group || "0", 16));
  return bits.flatMap((group) => [group >> 8, group & 255]).join(".");
}
