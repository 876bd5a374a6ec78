package main

import (
	"context"
	"database/sql"
	"time"
)

// demoPassword is that of all demo agents. The desk's page says so: this is an example.
const demoPassword = "welcome"

var demoAgents = []agent{
	{ID: "ana", Name: "Ana Lima", Title: "Lighting advice"},
	{ID: "ben", Name: "Ben Okafor", Title: "Orders and returns"},
	{ID: "chloe", Name: "Chloé Marchand", Title: "Repairs"},
}

// demoCalls are earlier calls, the latest first, so that the first estimate has something to be made of.
var demoCalls = []struct {
	customer, agent, topic, page, note string
	ago, wait, length                  time.Duration
}{
	{"Mira", "ana", "Which lamp for a dark hallway?", "Harbour floor lamp", "Recommended Harbour with the 800 lm bulb. Will measure first.", 50 * time.Minute, 40 * time.Second, 4*time.Minute + 30*time.Second},
	{"Jonas", "chloe", "The dimmer hums", "Repairs", "Old dimmer, not the lamp. Sent the list of dimmers that fit.", 95 * time.Minute, 70 * time.Second, 7*time.Minute + 10*time.Second},
	{"Selin", "ben", "Parcel arrived with a dent", "Your order", "Replacement shade goes out tomorrow, no return needed.", 130 * time.Minute, 25 * time.Second, 3*time.Minute + 20*time.Second},
	{"Guest", "ana", "", "Pleat pendant", "Cord length for 3.2 m ceilings: order the long one.", 170 * time.Minute, 15 * time.Second, 2*time.Minute + 50*time.Second},
	{"Tom", "ben", "Change the delivery address", "Delivery", "Changed before dispatch.", 4 * time.Hour, 90 * time.Second, 2*time.Minute + 5*time.Second},
	{"Aiko", "chloe", "Spare switch for Moss", "Moss table lamp", "Kit 4 fits. Showed how to open the base over the camera.", 5 * time.Hour, 120 * time.Second, 9 * time.Minute},
	{"Mira", "ana", "Bulb for Arc", "Arc desk lamp", "E14, at most 6 W. Ordered two.", 26 * time.Hour, 30 * time.Second, 3*time.Minute + 40*time.Second},
	{"Pedro", "ben", "Invoice for a company", "Your order", "Sent with the VAT number.", 28 * time.Hour, 50 * time.Second, 4*time.Minute + 15*time.Second},
	{"Guest", "chloe", "Is Wick safe in a bathroom?", "Wick wall light", "IP44: not within 60 cm of the tub.", 30 * time.Hour, 20 * time.Second, 3*time.Minute + 5*time.Second},
	{"Lena", "ana", "Two pendants over a table", "Pleat pendant", "70 cm apart, 60 cm above the table.", 50 * time.Hour, 65 * time.Second, 5*time.Minute + 50*time.Second},
}

// seed fills an empty database with agents and earlier calls, all of them made up.
func (d *desk) seed(ctx context.Context) error {
	var n int
	if err := d.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM agents`).Scan(&n); err != nil || n > 0 {
		return err
	}
	password, err := hashPassword(demoPassword, d.rounds)
	if err != nil {
		return err
	}
	return d.write(ctx, func(tx *sql.Tx) error {
		for _, a := range demoAgents {
			if _, err := tx.ExecContext(ctx, `INSERT INTO agents (id, name, title, password) VALUES (?, ?, ?, ?)`, a.ID, a.Name, a.Title, password); err != nil {
				return err
			}
		}
		customers := make(map[string]string)
		for _, c := range demoCalls {
			customer, known := customers[c.customer]
			if !known || c.customer == "Guest" {
				customer = newID()
				customers[c.customer] = customer
				if _, err := tx.ExecContext(ctx, `INSERT INTO customers (id, key, name) VALUES (?, ?, ?)`, customer, hashed(newID()), c.customer); err != nil {
					return err
				}
			}
			picked := d.now().Add(-c.ago)
			over := picked.Add(c.length).UnixMilli()
			_, err := tx.ExecContext(ctx, `INSERT INTO contacts (id, customer, topic, page, state, asked, agent, picked, ended, outcome, note, wrapped)
				VALUES (?, ?, ?, ?, 'ended', ?, ?, ?, ?, 'done', ?, ?)`, newID(), customer, c.topic, c.page, picked.Add(-c.wait).UnixMilli(), c.agent,
				picked.UnixMilli(), over, c.note, over)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
