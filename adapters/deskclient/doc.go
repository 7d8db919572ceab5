// Package deskclient is the Go client of a desk's HTTP API, with a method for
// each route. A refusal comes back as the *services.Error that the desk gave; a
// desk that cannot be reached is one of kind Later.
package deskclient
