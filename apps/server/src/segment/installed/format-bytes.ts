/** For people: `41.4 MB`, and below 0.1 MB `7 KB`, of 1000. */
export const formatBytes = (bytes: number): string =>
  bytes < 1e5 ? `${Math.ceil(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
