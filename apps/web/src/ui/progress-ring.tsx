/** Share done (0..1) as a small ring with the number in words for screen readers. */
export function ProgressRing(props: { share: number; size?: number; label: string }) {
  const size = props.size ?? 22;
  const radius = size / 2 - 2.5;
  const around = 2 * Math.PI * radius;
  return (
    <svg width={size} height={size} role="img" aria-label={props.label}>
      <circle
        cx={size / 2}
        cy={size / 2}
        r={radius}
        fill="none"
        stroke="var(--limn-line)"
        strokeWidth={3}
      />
      <circle
        cx={size / 2}
        cy={size / 2}
        r={radius}
        fill="none"
        stroke="var(--limn-accent)"
        strokeWidth={3}
        strokeLinecap="round"
        strokeDasharray={`${around * props.share} ${around}`}
        transform={`rotate(-90 ${size / 2} ${size / 2})`}
      />
    </svg>
  );
}
