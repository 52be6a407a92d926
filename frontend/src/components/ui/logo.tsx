/** The mark: three candles on blue. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <rect width="32" height="32" rx="7" fill="#1f4fd8" />
      <path d="M9 10v13M16 9v14M23 6v16" stroke="#fff" strokeWidth="1.6" strokeLinecap="round" />
      <rect x="7" y="13" width="4" height="7" rx="1" fill="#fff" />
      <rect x="14" y="12" width="4" height="6" rx="1" fill="#fff" />
      <rect x="21" y="10" width="4" height="6" rx="1" fill="#fff" />
    </svg>
  );
}
