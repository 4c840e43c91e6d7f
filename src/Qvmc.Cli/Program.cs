using Qvmc.Cli;
using Qvmc.Cli.Output;

using var terminal = Terminal.OfProcess();
return await CommandLine.RunAsync(args, terminal);
