/**
 * Where this system may connect to on behalf of a tenant. Base URLs come from people: without a guard, one that names this
 * machine, its private network or a cloud's metadata service would make us fetch from there (SSRF).
 *
 * Public addresses may be reached; all others only when the policy names them. What is checked is what is connected to: the
 * check stands inside the look-up that the socket itself makes, so that a name cannot mean one address while it is checked and
 * another a moment later. Redirects are never followed.
 */
import { lookup as lookUpName } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import { TwoWayError } from './errors.ts';

/** Hosts and addresses that may be reached although they are not public. */
export interface OutboundPolicy {
  /** Names of hosts, in small letters; whatever they resolve to may be reached. */
  readonly hosts: ReadonlySet<string>;
  /** Ranges of addresses. */
  readonly ranges: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];
}

/** An address that may not be connected to. Nothing was sent. */
export class OutboundError extends TwoWayError<'OUTBOUND_REFUSED'> {
  constructor(message: string) {
    super('OUTBOUND_REFUSED', message, {
      retriable: false,
      hint: 'Give a public address, or allow this one with OUTBOUND_ALLOW (a host, an address or a range such as 10.1.0.0/16).',
    });
    this.name = 'OutboundError';
  }
}

/** A host name without what would make it a URL. */
const HOST = /^[a-z0-9](?:[a-z0-9._-]{0,252})$/;

/** Nothing but public addresses. */
export const PUBLIC_ONLY: OutboundPolicy = { hosts: new Set(), ranges: [] };

/**
 * Reads a policy from text: hosts, addresses and ranges in CIDR notation, separated by commas or spaces.
 * @throws RangeError that names the part which is none of them
 */
export function parseOutbound(text: string): OutboundPolicy {
  const hosts = new Set<string>();
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  for (const part of text.split(/[\s,]+/).filter((one) => one !== '')) {
    const plain = part.toLowerCase().replace(/^\[|\]$/g, '');
    if (ipaddr.isValidCIDR(plain)) ranges.push(ipaddr.parseCIDR(plain));
    else if (isIP(plain) !== 0) {
      const address = ipaddr.parse(plain);
      ranges.push([address, address.kind() === 'ipv4' ? 32 : 128]);
    } else if (HOST.test(plain) && !plain.includes('/')) hosts.add(plain);
    else throw new RangeError(`${JSON.stringify(part)} is neither a host nor an address nor a range`);
  }
  return { hosts, ranges };
}

/** Whether an address may be connected to: a public one, or one that the policy names. */
export function mayReach(policy: OutboundPolicy, address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  // ::ffff:10.0.0.1 is 10.0.0.1.
  const plain = ipaddr.process(address.replace(/%.*$/, ''));
  if (plain.range() === 'unicast') return true;
  return policy.ranges.some(([range, bits]) => range.kind() === plain.kind() && plain.match(range, bits));
}

/**
 * What can be said of a URL before anything is looked up: an address that stands in it, and plain http to a public host.
 * @throws OutboundError
 */
export function requireReachable(policy: OutboundPolicy, href: string): void {
  const host = hostOf(new URL(href).hostname);
  if (policy.hosts.has(host)) return;
  if (isIP(host) !== 0 && !mayReach(policy, host)) throw refused(host, [host]);
  // What is called so is this machine, whatever a name server says.
  if (host === 'localhost' || host.endsWith('.localhost')) requireReachable(policy, 'http://127.0.0.1');
}

function hostOf(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

function refused(host: string, addresses: readonly string[]): OutboundError {
  const what = isIP(host) === 0 ? `${host} is ${addresses.join(', ')}, which` : host;
  return new OutboundError(`${what} is not a public address and may not be connected to`);
}

/** Looks a name up as sockets do; gives the addresses that may be reached, or the error that none may. */
export function guardedLookup(policy: OutboundPolicy, resolve: typeof lookUpName = lookUpName): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const open = policy.hosts.has(hostOf(hostname));
      const allowed = open ? addresses : addresses.filter(({ address }) => mayReach(policy, address));
      const [first] = allowed;
      if (first === undefined) {
        const none = refused(
          hostname,
          addresses.map(({ address }) => address),
        );
        return callback(none, '', 0);
      }
      if (options.all === true) return callback(null, allowed);
      callback(null, first.address, first.family);
    });
  };
}

/** The `connect` option of an undici pool or agent that keeps to a policy. */
export function guardedConnector(policy: OutboundPolicy): buildConnector.connector {
  const connect = buildConnector({ lookup: guardedLookup(policy) });
  return (options, callback) => {
    try {
      // Sockets look names up, and not addresses.
      requireReachable(policy, `${options.protocol}//${options.hostname}`);
    } catch (error) {
      return callback(error as Error, null);
    }
    connect(options, callback);
  };
}
