package ratelimit

import (
	"sync/atomic"
	"time"
)

// A meter's slots cover one second: each is an eighth of it.
const (
	meterSlots = 8
	meterTick  = time.Second / meterSlots
)

// meter counts the starts of the last second without a lock, so that 64 workers can pass an unlimited brake
// side by side. Each slot packs the number of its tick (high half) and the starts in it (low half) into one word.
type meter struct {
	epoch time.Time
	slots [meterSlots]atomic.Uint64
}

// add counts one start now. A caller that is held up here for longer than a second may count in a newer slot.
func (m *meter) add() {
	tick := uint64(time.Since(m.epoch) / meterTick)
	slot := &m.slots[tick%meterSlots]
	for {
		old := slot.Load()
		if old>>32 >= tick {
			slot.Add(1)
			return
		}
		if slot.CompareAndSwap(old, tick<<32|1) {
			return
		}
	}
}

// lastSecond returns the starts a second over the slots that end with now: seven whole ones and the begun one.
func (m *meter) lastSecond(now time.Time) float64 {
	age := now.Sub(m.epoch)
	tick := uint64(age / meterTick)
	var starts uint64
	for i := range m.slots {
		slot := m.slots[i].Load()
		if slot>>32+meterSlots > tick {
			starts += slot & (1<<32 - 1)
		}
	}
	covered := time.Second - meterTick + age%meterTick
	return float64(starts) / covered.Seconds()
}
