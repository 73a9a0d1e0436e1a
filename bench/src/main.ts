process.stdout.write("no benchmark yet\n");
