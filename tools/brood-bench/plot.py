"""Plots without a library: bars and curves as SVG, bars as text."""
import html, math

COLOURS = ["#3b6ea5", "#c0504d", "#5f9e4f", "#8064a2", "#d08a2e", "#3f9c9c", "#9a5b3c", "#6b6b6b", "#b83a7a"]


def text_bars(values, title, width=50):
    most = max(v for _, v in values)
    return [title] + [f"{name:<16}{v:>8.2f} " + "#" * max(1, round(v / most * width)) for name, v in values]


def page(width, height, body, title):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">'
            f'<rect width="{width}" height="{height}" fill="white"/><text x="20" y="28" font-size="17">{html.escape(title)}</text>'
            + "".join(body) + "</svg>\n")


def svg_bars(values, title):
    most = max(max(v for _, v in values), 3)
    at = lambda v: 160 + v / most * 520
    body = []
    for i, (name, v) in enumerate(values):
        y = 50 + 24 * i
        body.append(f'<text x="150" y="{y + 13}" text-anchor="end">{html.escape(name)}</text>'
                    f'<rect x="160" y="{y}" width="{at(v) - 160:.1f}" height="17" fill="{COLOURS[0] if v >= 1 else COLOURS[1]}"/>'
                    f'<text x="{at(v) + 6:.1f}" y="{y + 13}">{v:.2f}</text>')
    bottom = 50 + 24 * len(values)
    for mark in (1, 3):
        body.append(f'<line x1="{at(mark):.1f}" y1="42" x2="{at(mark):.1f}" y2="{bottom}" stroke="#333" stroke-dasharray="4 4"/>'
                    f'<text x="{at(mark):.1f}" y="{bottom + 16}" text-anchor="middle">{mark}</text>')
    return page(760, bottom + 30, body, title)


def svg_curves(curves, title):
    """Each a name and points; both axes logarithmic."""
    xs = [math.log10(x) for _, points in curves for x, _ in points]
    ys = [math.log10(y) for _, points in curves for _, y in points]
    x0, x1, y0, y1 = min(xs), max(xs), math.floor(min(ys)), math.ceil(max(ys))
    px = lambda x: 60 + (math.log10(x) - x0) / (x1 - x0) * 480
    py = lambda y: 400 - (math.log10(y) - y0) / (y1 - y0) * 340
    body = []
    for e in range(math.ceil(x0), math.floor(x1) + 1):
        body.append(f'<line x1="{px(10**e):.1f}" y1="60" x2="{px(10**e):.1f}" y2="400" stroke="#eee"/>'
                    f'<text x="{px(10**e):.1f}" y="418" text-anchor="middle">{10**e:,}</text>')
    for e in range(y0, y1 + 1):
        body.append(f'<line x1="60" y1="{py(10**e):.1f}" x2="540" y2="{py(10**e):.1f}" stroke="#eee"/>'
                    f'<text x="54" y="{py(10**e) + 4:.1f}" text-anchor="end">{10**e:,}</text>')
    for i, (name, points) in enumerate(curves):
        colour = COLOURS[i % len(COLOURS)]
        line = " ".join(f"{px(x):.1f},{py(y):.1f}" for x, y in points)
        body.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
                    f'<text x="556" y="{76 + 20 * i}" fill="{colour}">{html.escape(name)}</text>')
    return page(840, 440, body, title + " (ns; idle: bytes)")
