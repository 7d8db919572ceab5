package webhook

import "time"

// schedule is how long after each attempt that failed the next one follows. When it
// is used up, after about five days, the delivery has failed.
// Source: Standard Webhooks 1.0.0, "Deliverability and reliability", gives 5 s to
// 24 h over three days as an example; ours is denser in the first ten minutes, in
// which most receivers are back, and outlasts a long weekend.
var schedule = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute,
	time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour,
}

// spread is the part of a pause that chance adds to it at most, so that what failed
// together does not come again together.
// Source: our choice.
const spread = 0.2

// pause is how long to wait after attempt number n, counted from 1; false when there
// is no further one. Jitter is from 0 up to 1. What the receiver asks for counts
// instead, within limits.
func pause(n int, jitter float64, asked time.Duration) (time.Duration, bool) {
	if n > len(schedule) {
		return 0, false
	}
	d := schedule[n-1]
	if asked > 0 {
		d = min(max(asked, time.Second), maxHold)
	}
	return d + time.Duration(jitter*spread*float64(d)), true
}
