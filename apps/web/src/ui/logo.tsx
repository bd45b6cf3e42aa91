/** The mark: an outlined shape with one click inside. */
export function Logo(props: { size?: number }) {
  const size = props.size ?? 28;
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="#6c55f0" />
      <path
        d="M9 21c-2-6 2-12 8-12 5 0 8 3 7 7s-5 3-6 6-6 3-9-1z"
        fill="#fff"
        fillOpacity=".28"
        stroke="#fff"
        strokeWidth="2"
        strokeLinejoin="round"
      />
      <circle cx="15" cy="15" r="2.2" fill="#fff" />
    </svg>
  );
}
