package app

import (
	"runtime/metrics"
	"sort"
	"time"
)

// stages are the last times of what the window's thread does with a picture.
type stages struct {
	develop, overlay, show time.Duration

	memory int64 // of the process's Go heap and stacks, bytes
	asked  time.Time
}

// mostKernels is how many kernels the panel lists.
const mostKernels = 6

func (a *App) stagesPanel() {
	u, s := a.ui, &a.status
	if !u.Section("times and memory", false) {
		return
	}
	u.Note("%s", s.About.Driver)
	ms := func(d time.Duration) float64 { return 1e3 * d.Seconds() }
	if s.StepMS > 0 {
		u.Pair("training step", "%.1f ms", s.StepMS)
		u.Pair("training slice", "%.0f ms", s.TrainMS)
	}
	if s.RenderMS > 0 {
		u.Pair("render", "%.1f ms", s.RenderMS)
	}
	u.Pair("develop, scale", "%.1f ms", ms(a.stages.develop))
	u.Pair("lines, panels", "%.1f ms", ms(a.stages.overlay))
	u.Pair("show", "%.1f ms", ms(a.stages.show))
	u.Note("pictures come %s", a.where())
	a.kernelTimes()
	if now := time.Now(); now.Sub(a.stages.asked) > time.Second {
		sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		metrics.Read(sample)
		a.stages.memory, a.stages.asked = int64(sample[0].Value.Uint64()-sample[1].Value.Uint64()), now
	}
	u.Pair("this program", "%s", bytesText(a.stages.memory))
	if s.About.Params > 0 {
		u.Pair("parameters", "%s", countText(float64(s.About.Params)))
	}
	u.Note("%s", a.win.About())
}

// kernelTimes lists the kernels that took most of the time, where --profile measures them.
func (a *App) kernelTimes() {
	type share struct {
		name string
		time time.Duration
	}
	var all []share
	total := time.Duration(0)
	for name, k := range a.status.Kernels {
		if k.Time > 0 {
			all = append(all, share{name, k.Time})
			total += k.Time
		}
	}
	sort.Slice(all, func(i, j int) bool {
		return all[i].time > all[j].time || all[i].time == all[j].time && all[i].name < all[j].name
	})
	for _, k := range all[:min(len(all), mostKernels)] {
		a.ui.Pair(k.name, "%.0f%%", 100*k.time.Seconds()/total.Seconds())
	}
}
