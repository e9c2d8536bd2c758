/** A fingerprint as people compare it: groups of four hex digits, with a gap in the middle. */
export function Fingerprint({ hex }: { hex: string }) {
  const groups = hex.toUpperCase().match(/.{1,4}/g) ?? [];
  const half = Math.ceil(groups.length / 2);
  const line = (from: number, to?: number) => groups.slice(from, to).join(' ');
  return (
    <span class="fingerprint mono">
      <span>{line(0, half)}</span> <span>{line(half)}</span>
    </span>
  );
}

/** A QR code that the box drew (SVG). As a picture, so that nothing in it can run. */
export function Qr({ svg, label }: { svg: string; label: string }) {
  return <img class="qr" alt={label} src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`} />;
}
