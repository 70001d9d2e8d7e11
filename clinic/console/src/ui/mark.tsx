/** The product's mark. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#0f6b63" />
      <path d="M7 22c5.5 0 6-10 12-10h6" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <path d="M11 22v4M19 13v13" fill="none" stroke="#9fe0d6" strokeWidth="2.500" strokeLinecap="round" />
    </svg>
  );
}
