/** Number of primes below `limit`: keeps a core busy. */
export function countPrimes(limit: number): number {
  let primes = 0;
  for (let n = 2; n < limit; n++) {
    let prime = true;
    for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0;
    if (prime) primes++;
  }
  return primes;
}
