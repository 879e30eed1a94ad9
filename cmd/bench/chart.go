package main

import (
	"fmt"
	"html"
	"strings"
)

// sharesChart draws the shares of each line as a bar, as SVG.
func sharesChart(lines []*appLine) string {
	const left, width, bar, gap, top = 190, 480, 20, 8, 58
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="13">`+"\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
		left+width+120, top+len(lines)*(bar+gap)+28)
	parts := []struct {
		name, color string
		share       func(*appLine) float64
	}{
		{"pre", "#9ecae1", func(l *appLine) float64 { return l.Pre }},
		{"encode", "#3182bd", func(l *appLine) float64 { return l.Encode }},
		{"MLP", "#e6550d", func(l *appLine) float64 { return l.MLP }},
		{"post", "#bdbdbd", func(l *appLine) float64 { return l.Post }},
	}
	fmt.Fprintf(&b, "<text x=\"8\" y=\"20\">Shares of kernel time, %s, %s</text>\n", lines[0].Size, html.EscapeString(lines[0].Device))
	for i, p := range parts {
		fmt.Fprintf(&b, "<rect x=\"%d\" y=\"32\" width=\"14\" height=\"14\" fill=\"%s\"/><text x=\"%d\" y=\"44\">%s</text>\n", left+90*i, p.color, left+90*i+20, p.name)
	}
	for i, l := range lines {
		y, x := top+i*(bar+gap), float64(left)
		fmt.Fprintf(&b, "<text x=\"8\" y=\"%d\">%s %s</text>\n", y+15, l.App, l.Encoding)
		for _, p := range parts {
			w := width * p.share(l)
			fmt.Fprintf(&b, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x, y, w, bar, p.color)
			x += w
		}
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\">%.2f ms</text>\n", left+width+10, y+15, l.Time)
	}
	fmt.Fprintf(&b, "<text x=\"8\" y=\"%d\" font-size=\"11\">Paper (RTX 3090, 1920x1080, mean of the four): encode + MLP 72 %% with the hash grid, 60 %% with either dense grid.</text>\n",
		top+len(lines)*(bar+gap)+14)
	b.WriteString("</svg>\n")
	return b.String()
}
