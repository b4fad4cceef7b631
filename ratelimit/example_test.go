package ratelimit_test

import (
	"context"
	"fmt"
	"time"

	"kycbatch/ratelimit"
)

func Example() {
	rate, err := ratelimit.ParseRate("300/m")
	if err != nil {
		fmt.Println(err)
		return
	}
	brake := ratelimit.New(rate)
	if err := brake.Wait(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	// One request leaves here, and the API answers 429.
	brake.Throttled(30 * time.Second)

	state := brake.State()
	fmt.Println("asked", state.Asked, "now", state.Now, "because", state.Reason)
	// Output: asked 5/s now 2.5/s because throttled
}
