/** Whether a name or address is this machine: an IPv6 address with brackets, as in a `URL`, or without. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" || /^(?:::1|\[::1\])$/.test(hostname) || /^127(?:\.\d{1,3}){3}$/.test(hostname)
  );
}
